ALTER TABLE visualizations DROP COLUMN show_mesh;
ALTER TABLE estimations DROP COLUMN include_mesh;
