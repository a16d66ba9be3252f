-- 1 or NULL: also for rows that are older or come from a program that knows no meshes.
ALTER TABLE estimations ADD COLUMN include_mesh BIGINT CONSTRAINT estimations_mesh_is_a_flag CHECK (include_mesh = 1);
ALTER TABLE visualizations ADD COLUMN show_mesh BIGINT CONSTRAINT visualizations_mesh_is_a_flag CHECK (show_mesh = 1);
-- Estimations could hold meshes before: the tasks that made them say so.
UPDATE estimations SET include_mesh = 1 WHERE id IN (
    SELECT result_id FROM tasks WHERE result_type = 'estimation' AND parameters LIKE '%"mesh"_true%');
