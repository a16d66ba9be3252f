// Written by tools/write_schema.mjs from the service's OpenAPI document; do not change it by hand.

export interface VideoLinks {
  self: string;
  download: string;
  poster: string;
  estimations: string;
  tasks: string;
}

export interface VideoResponse {
  id: number;
  /** Of the object; opaque */
  storage_key: string;
  /** In pixels, as displayed: upright, with square pixels */
  width: number;
  /** In pixels, as displayed */
  height: number;
  /** Frames a second on average; null when the file does not say */
  fps: number | null;
  /** Null when the file does not say */
  duration_seconds: number | null;
  description: string | null;
  created_at: string;
  filename: string;
  media_type: string;
  codec: string;
  /** Degrees clockwise from the picture as it is coded to the upright one */
  rotation: number;
  size_bytes: number;
  /** Of the bytes as uploaded */
  sha256: string;
  /** Null when the file does not say */
  frame_count: number | null;
  links: VideoLinks;
}

export interface FieldError {
  in: string;
  pointer: string;
  code: string;
  message: string;
  value: unknown;
}

export interface Problem {
  /** Always about:blank: the code says it */
  type: string;
  /** The status in words */
  title: string;
  /** The HTTP status */
  status: number;
  /** What went wrong, with the measured value */
  detail: string;
  /** The request's id, as in the header X-Request-ID and in the log */
  instance: string;
  /** What went wrong, for programs; stable */
  code: string;
  /** Every field that is wrong */
  errors: FieldError[];
  /** What to do about it */
  suggestion: string | null;
  /** As status */
  status_code: number;
  /** As title */
  error: string;
}

export type TaskStatus = "PENDING" | "STARTED" | "RETRY" | "SUCCESS" | "FAILURE" | "REVOKED";

export interface TaskResultResponse {
  resource_type: string;
  resource_id: number;
  deleted: boolean;
}

export interface TaskProgress {
  /** What the run is at */
  stage: string;
  /** What is counted: frames or bytes */
  unit: string;
  done: number;
  /** An estimate until the last frame */
  total: number | null;
  /** Units a second, lately */
  rate: number | null;
  /** When it will be done at this rate */
  eta: string | null;
}

export interface TaskErrorResponse {
  code: string;
  detail: string;
  suggestion: string;
}

export interface TaskLinks {
  self: string;
  events: string;
  result: string | null;
  download: string | null;
}

export interface TaskResponse {
  task_id: string;
  status: TaskStatus;
  /** The row that a SUCCESS has led to */
  result: TaskResultResponse | null;
  kind: string;
  video_id: number | null;
  estimation_id: number | null;
  /** How many asked for the same; a cancel ends it for all */
  submits: number;
  /** Runs that failed or vanished */
  attempts: number;
  /** Raised by every change; the id of its event */
  revision: number;
  progress: TaskProgress | null;
  /** 1: next; null for a task that does not wait */
  queue_position: number | null;
  /** What is lacking when no worker that is there can run it */
  waiting_for: string | null;
  /** Why it ended without a result, or its last run did */
  error: TaskErrorResponse | null;
  cancel_requested_at: string | null;
  created_at: string;
  /** Of the latest run */
  started_at: string | null;
  finished_at: string | null;
  /** From the submit to the latest run's start, or until now */
  queued_seconds: number;
  /** Of the latest run, or until now */
  run_seconds: number | null;
  links: TaskLinks;
}

export type PeopleText = "one" | "all";

export interface SubmitEstimation {
  /** Of GET /videos/ */
  video_id: number;
  /** The frames are fitted into a box of this width, never enlarged */
  target_width: number;
  /** The height of that box */
  target_height: number;
  /** Frames a second, with at most six decimals; GET /limits/ has the most */
  target_fps: number;
  /** Where the window begins */
  skip_start_seconds?: number;
  /** How long it is; GET /limits/ has the most */
  duration_seconds: number;
  /** Taken and without effect: how frames are batched changes no result */
  batch_size?: number;
  /** For people */
  description?: string | null;
  /** Of GET /estimators/; null: the service's default */
  estimator?: string | null;
  /** one: the person with the largest confidence times area at the start, while it is there; all: everybody who is seen */
  people?: PeopleText;
  /** Whether the body's surface is stored: 220 kB a person and frame; only sam-3d-body has one */
  include_mesh?: boolean;
}

export interface EstimationLinks {
  self: string;
  download: string;
  video: string;
  visualizations: string;
}

export interface EstimationResponse {
  id: number;
  video_id: number;
  /** Of the object; opaque */
  storage_key: string;
  requested_width: number;
  requested_height: number;
  requested_fps: number;
  skip_start_seconds: number;
  duration_seconds: number;
  description: string | null;
  created_at: string;
  estimator: string;
  /** SHA-256 over all weights of the estimator */
  weights_digest: string;
  /** Raised by every change of the estimator that alters results */
  engine_revision: number;
  engine_version: string;
  /** Frames of the window at the rate that was asked for */
  frame_count: number;
  /** People in all those frames together */
  person_frame_count: number;
  /** Frames of the window that the file has, but damaged */
  lost_frame_count: number;
  /** Whether the body's surface is stored, and can be drawn */
  include_mesh: boolean;
  links: EstimationLinks;
}

export type EstimationFormat = "archive" | "json" | "csv" | "reference";

export type EncoderPreset = "ultrafast" | "superfast" | "veryfast" | "faster" | "fast" | "medium" | "slow" | "slower" | "veryslow";

export interface SubmitVisualization {
  /** Of GET /estimations/ */
  estimation_id: number;
  /** The box around each person */
  show_bbox?: boolean;
  /** How sure the estimator is of the person */
  show_bbox_confidence?: boolean;
  /** The key points */
  show_keypoints?: boolean;
  /** The lines between them */
  show_skeleton?: boolean;
  /** The body's surface; only of an estimation with include_mesh */
  show_mesh?: boolean;
  /** x264's quality: less is better, and larger */
  crf?: number;
  /** x264's effort: slower is smaller */
  preset?: EncoderPreset;
  /** Taken and without effect */
  batch_size?: number;
  /** For people */
  description?: string | null;
}

export interface VisualizationLinks {
  self: string;
  download: string;
  estimation: string;
}

export interface VisualizationResponse {
  id: number;
  estimation_id: number;
  storage_key: string;
  show_bbox: boolean;
  show_bbox_confidence: boolean;
  show_keypoints: boolean;
  show_skeleton: boolean;
  show_mesh: boolean;
  crf: number;
  preset: string;
  description: string | null;
  created_at: string;
  links: VisualizationLinks;
}

export type TaskKind = "estimate" | "visualize";

export interface EstimatorResponse {
  name: string;
  /** Whether submits are taken: a worker has offered it */
  available: boolean;
  /** Whether submits that name none get it */
  is_default: boolean;
  /** How many are there now that run it */
  workers: number;
  /** Of the newest worker's weights, to which submits are pinned */
  weights_digest: string | null;
  /** Of the newest worker, likewise */
  engine_revision: number | null;
  /** Why submits are refused, or would wait */
  unavailable_reason: string | null;
}

export interface LimitsResponse {
  max_upload_bytes: number;
  /** Width times height of a video */
  max_pixels: number;
  max_duration_seconds: number;
  /** Of a video, and of target_fps */
  max_frame_rate: number;
  max_frames: number;
  /** Of all videos and results; null: what the disk has */
  max_store_bytes: number | null;
  max_description_characters: number;
  max_list_items: number;
  max_wait_seconds: number;
  /** Open tasks of a queue at which further ones are refused */
  queue_limit: number;
  /** How long a task is remembered after its end */
  task_retention_seconds: number;
  /** How long videos and results stay; null: until deleted */
  result_retention_seconds: number | null;
  default_estimator: string;
  /** Of videos, told by their bytes */
  containers: string[];
}

export interface ShallowHealth {
  status: string;
}

export type PartStatus = "ok" | "degraded" | "unavailable";

export interface PartHealth {
  status: PartStatus;
  latency_seconds: number | null;
  detail: string | null;
}

export interface DeepHealth {
  /** unavailable: requests fail; degraded: they are taken, and wait for a part */
  status: PartStatus;
  /** As storage.status */
  minio: PartStatus;
  /** As database.status */
  postgres: PartStatus;
  /** As broker.status */
  redis: PartStatus;
  /** As workers.status */
  celery: PartStatus;
  /** Whether it answers, and its schema fits */
  database: PartHealth;
  /** Whether an object can be written and read */
  storage: PartHealth;
  /** What wakes workers; they look for themselves as well */
  broker: PartHealth;
  /** Whether there are some of either queue */
  workers: PartHealth;
  version: string;
  /** What holds the process that decodes strangers' files */
  sandbox_layers: string[];
}
