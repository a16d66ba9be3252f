-- Every statement ends with a semicolon at the end of its line. Times are microseconds since 1970 (UTC), truth is 0 or
-- 1, lengths of texts are in characters.

CREATE TABLE videos (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sha256 TEXT NOT NULL UNIQUE,
    storage_key TEXT NOT NULL UNIQUE,
    filename TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    coded_width BIGINT NOT NULL,
    coded_height BIGINT NOT NULL,
    width BIGINT NOT NULL,
    height BIGINT NOT NULL,
    rotation BIGINT NOT NULL,
    fps DOUBLE PRECISION,
    duration_us BIGINT,
    frame_count BIGINT,
    codec TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,

    CONSTRAINT videos_sha256_is_a_digest CHECK (length(sha256) = 64),
    CONSTRAINT videos_filename_fits CHECK (length(filename) <= 255),
    CONSTRAINT videos_description_fits CHECK (length(description) <= 512),
    CONSTRAINT videos_rotation_is_a_quarter_turn CHECK (rotation IN (0, 90, 180, 270)),
    CONSTRAINT videos_measures_are_positive CHECK (
        size_bytes > 0 AND coded_width > 0 AND coded_height > 0 AND width > 0 AND height > 0 AND fps > 0
        AND duration_us >= 0 AND frame_count >= 0)
);

CREATE TABLE estimations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    video_id BIGINT NOT NULL REFERENCES videos (id) ON DELETE CASCADE,
    recipe_hash TEXT NOT NULL UNIQUE,
    storage_key TEXT NOT NULL UNIQUE,
    estimator TEXT NOT NULL,
    weights_digest TEXT NOT NULL,
    engine_revision BIGINT NOT NULL,
    engine_version TEXT NOT NULL,
    requested_width BIGINT NOT NULL,
    requested_height BIGINT NOT NULL,
    requested_fps DOUBLE PRECISION NOT NULL,
    skip_start_seconds DOUBLE PRECISION NOT NULL,
    duration_seconds DOUBLE PRECISION NOT NULL,
    frame_count BIGINT NOT NULL,
    person_frame_count BIGINT NOT NULL,
    lost_frame_count BIGINT NOT NULL, -- of the window, damaged in the file
    description TEXT,
    created_at BIGINT NOT NULL,

    CONSTRAINT estimations_recipe_is_a_digest CHECK (length(recipe_hash) = 64),
    CONSTRAINT estimations_description_fits CHECK (length(description) <= 512),
    CONSTRAINT estimations_measures_are_positive CHECK (
        requested_width > 0 AND requested_height > 0 AND requested_fps > 0 AND skip_start_seconds >= 0
        AND duration_seconds > 0 AND frame_count >= 0 AND person_frame_count >= 0 AND lost_frame_count >= 0)
);
CREATE INDEX estimations_of_a_video ON estimations (video_id);

CREATE TABLE visualizations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    estimation_id BIGINT NOT NULL REFERENCES estimations (id) ON DELETE CASCADE,
    recipe_hash TEXT NOT NULL UNIQUE,
    storage_key TEXT NOT NULL UNIQUE,
    show_bbox BIGINT NOT NULL,
    show_bbox_confidence BIGINT NOT NULL,
    show_keypoints BIGINT NOT NULL,
    show_skeleton BIGINT NOT NULL,
    crf BIGINT NOT NULL,
    preset TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,

    CONSTRAINT visualizations_recipe_is_a_digest CHECK (length(recipe_hash) = 64),
    CONSTRAINT visualizations_description_fits CHECK (length(description) <= 512),
    CONSTRAINT visualizations_flags_are_flags CHECK (
        show_bbox IN (0, 1) AND show_bbox_confidence IN (0, 1) AND show_keypoints IN (0, 1)
        AND show_skeleton IN (0, 1)),
    CONSTRAINT visualizations_crf_is_in_range CHECK (crf BETWEEN 0 AND 51)
);
CREATE INDEX visualizations_of_an_estimation ON visualizations (estimation_id);

-- Objects that shall go: announced before their first byte is written, and taken off the list by the transaction that
-- inserts the row they belong to; or put here when that row is deleted.
CREATE TABLE removals (
    object_key TEXT PRIMARY KEY,
    not_before BIGINT NOT NULL,
    claimed_at BIGINT
);
CREATE INDEX removals_in_order ON removals (not_before);

-- A task outlives its subjects and its result, so it names them without a foreign key.
CREATE TABLE tasks (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    queue TEXT NOT NULL,
    parameters TEXT NOT NULL,
    parameter_version BIGINT NOT NULL,
    recipe_hash TEXT NOT NULL,

    -- What the submit pinned; NULL for kinds that need no estimator.
    estimator TEXT,
    weights_digest TEXT,
    engine_revision BIGINT,

    video_id BIGINT,
    estimation_id BIGINT,

    state TEXT NOT NULL DEFAULT 'PENDING',
    submits BIGINT NOT NULL DEFAULT 1,
    attempts BIGINT NOT NULL DEFAULT 0,
    due_at BIGINT NOT NULL,
    cancel_requested_at BIGINT,

    -- A finished task keeps its token: whoever holds it knows that its commit went through.
    lease_owner TEXT,
    lease_token TEXT,
    lease_until BIGINT,

    progress_stage TEXT,
    progress_done BIGINT,
    progress_total BIGINT,
    progress_rate DOUBLE PRECISION, -- done per second
    progress_eta BIGINT, -- when it will be done at this rate

    revision BIGINT NOT NULL DEFAULT 1,
    announced_at BIGINT,

    error_code TEXT,
    error_detail TEXT,
    error_suggestion TEXT,

    result_type TEXT,
    result_id BIGINT,
    result_deleted BIGINT NOT NULL DEFAULT 0,

    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT,

    CONSTRAINT tasks_id_is_a_uuid CHECK (length(id) = 36),
    CONSTRAINT tasks_queue_is_known CHECK (queue IN ('inference', 'default')),
    CONSTRAINT tasks_recipe_is_a_digest CHECK (length(recipe_hash) = 64),
    CONSTRAINT tasks_pins_are_complete CHECK (
        (estimator IS NULL) = (weights_digest IS NULL) AND (estimator IS NULL OR engine_revision IS NOT NULL)),
    CONSTRAINT tasks_state_is_known CHECK (
        state IN ('PENDING', 'STARTED', 'RETRY', 'SUCCESS', 'FAILURE', 'REVOKED')),
    CONSTRAINT tasks_end_has_a_time CHECK (
        (finished_at IS NULL) = (state IN ('PENDING', 'STARTED', 'RETRY'))),
    CONSTRAINT tasks_started_has_a_lease CHECK (
        (state = 'STARTED') = (lease_owner IS NOT NULL) AND (state = 'STARTED') = (lease_until IS NOT NULL)),
    CONSTRAINT tasks_started_has_a_token CHECK (state <> 'STARTED' OR lease_token IS NOT NULL),
    CONSTRAINT tasks_waiting_has_no_token CHECK (state NOT IN ('PENDING', 'RETRY') OR lease_token IS NULL),
    CONSTRAINT tasks_started_has_a_time CHECK (state <> 'STARTED' OR started_at IS NOT NULL),
    CONSTRAINT tasks_retry_has_an_attempt CHECK (state <> 'RETRY' OR attempts > 0),
    CONSTRAINT tasks_waiting_is_not_cancelled CHECK (
        state NOT IN ('PENDING', 'RETRY') OR cancel_requested_at IS NULL),
    CONSTRAINT tasks_success_has_a_result CHECK (
        (state = 'SUCCESS') = (result_type IS NOT NULL) AND (state = 'SUCCESS') = (result_id IS NOT NULL)),
    CONSTRAINT tasks_success_has_no_error CHECK (state <> 'SUCCESS' OR error_code IS NULL),
    CONSTRAINT tasks_failure_has_an_error CHECK (state <> 'FAILURE' OR error_code IS NOT NULL),
    CONSTRAINT tasks_error_has_a_code CHECK (
        error_code IS NOT NULL OR (error_detail IS NULL AND error_suggestion IS NULL)),
    CONSTRAINT tasks_result_type_is_known CHECK (result_type IN ('estimation', 'visualization')),
    CONSTRAINT tasks_only_results_are_deleted CHECK (
        result_deleted = 0 OR (result_deleted = 1 AND state = 'SUCCESS')),
    CONSTRAINT tasks_counts_are_counts CHECK (
        submits > 0 AND attempts >= 0 AND revision > 0 AND progress_done >= 0 AND progress_total >= 0)
);
-- Equal submits join the one open task of their recipe; a task that is being cancelled takes nobody in.
CREATE UNIQUE INDEX tasks_open_once_per_recipe ON tasks (recipe_hash)
    WHERE finished_at IS NULL AND cancel_requested_at IS NULL;
CREATE INDEX tasks_waiting ON tasks (queue, created_at, id) WHERE state IN ('PENDING', 'RETRY');
CREATE INDEX tasks_leased ON tasks (lease_until) WHERE state = 'STARTED';
CREATE INDEX tasks_by_token ON tasks (lease_token) WHERE state = 'STARTED';
CREATE INDEX tasks_by_recipe ON tasks (recipe_hash, finished_at) WHERE state = 'SUCCESS';
CREATE INDEX tasks_by_end ON tasks (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX tasks_by_result ON tasks (result_type, result_id) WHERE result_id IS NOT NULL;
CREATE INDEX tasks_by_video ON tasks (video_id);
CREATE INDEX tasks_by_estimation ON tasks (estimation_id);
CREATE INDEX tasks_by_revision ON tasks (revision);

-- The newest revision of any task, in one row once there was one. Writers of tasks hold it until they commit, so
-- revisions become visible in their order.
CREATE TABLE task_revisions (
    id BIGINT PRIMARY KEY,
    newest BIGINT NOT NULL,

    CONSTRAINT task_revisions_is_one_row CHECK (id = 1)
);

-- The row of a worker that has ended stays while nobody newer announces the same: submits are still pinned to it.
CREATE TABLE workers (
    id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    host TEXT NOT NULL,
    binary_version TEXT NOT NULL,
    slots BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    heartbeat_at BIGINT NOT NULL,
    ended_at BIGINT,

    CONSTRAINT workers_queue_is_known CHECK (queue IN ('inference', 'default')),
    CONSTRAINT workers_have_slots CHECK (slots > 0)
);

-- What a worker can run, or the reason why not.
CREATE TABLE worker_capabilities (
    worker_id TEXT NOT NULL REFERENCES workers (id) ON DELETE CASCADE,
    task_kind TEXT NOT NULL,
    parameter_version BIGINT NOT NULL,
    estimator TEXT,
    weights_digest TEXT,
    engine_revision BIGINT,
    unavailable_reason TEXT,

    CONSTRAINT worker_capabilities_are_complete CHECK (
        estimator IS NULL OR unavailable_reason IS NOT NULL
        OR (weights_digest IS NOT NULL AND engine_revision IS NOT NULL))
);
CREATE INDEX worker_capabilities_of_a_worker ON worker_capabilities (worker_id);
