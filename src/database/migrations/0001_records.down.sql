DROP TABLE worker_capabilities;
DROP TABLE workers;
DROP TABLE task_revisions;
DROP TABLE tasks;
DROP TABLE removals;
DROP TABLE visualizations;
DROP TABLE estimations;
DROP TABLE videos;
