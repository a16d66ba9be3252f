import type { EstimationResponse, LimitsResponse, SubmitEstimation, SubmitVisualization, VideoResponse } from "../api/schema";

/** What a form for an estimation holds: texts, as they are typed. */
export interface EstimationChoices {
  estimator: string;
  width: string;
  height: string;
  rate: string;
  start: string;
  length: string;
  batchSize: string;
  includeMesh: boolean;
  description: string;
}

/** What is worth keeping for the next video. Null: as that video is. */
export interface RememberedEstimation {
  estimator: string;
  width: string | null;
  height: string | null;
  rate: string | null;
  batchSize: string;
}

/** When a file tells neither. */
const usualRate = 25;
const usualSeconds = 60;

const decimals = (value: number, digits: number) => String(Number(value.toFixed(digits)));

/** The whole video, in its own size and at its own rate, as far as the service goes along. */
export function choicesFor(video: VideoResponse, limits: LimitsResponse): EstimationChoices {
  const rate = Math.min(video.fps ?? usualRate, limits.max_frame_rate);
  // Rounded up: the end of the last frame is not to be cut off.
  const seconds = video.duration_seconds ?? usualSeconds;
  const length = Math.min(Math.ceil(seconds * 1000) / 1000, limits.max_duration_seconds, limits.max_frames / rate);
  return {
    estimator: "",
    width: String(video.width),
    height: String(video.height),
    rate: decimals(rate, 6),
    start: "0",
    length: decimals(length, 3),
    batchSize: "30",
    includeMesh: false,
    description: "",
  };
}

export function withRemembered(choices: EstimationChoices, remembered: RememberedEstimation | null): EstimationChoices {
  if (!remembered) return choices;
  const { estimator, width, height, rate, batchSize } = remembered;
  return {
    ...choices,
    estimator,
    batchSize,
    width: width ?? choices.width,
    height: height ?? choices.height,
    rate: rate ?? choices.rate,
  };
}

/** What to remember of choices that began as `start`. */
export function rememberedOf(choices: EstimationChoices, start: EstimationChoices): RememberedEstimation {
  const changed = (name: "width" | "height" | "rate") => (choices[name] === start[name] ? null : choices[name]);
  return {
    estimator: choices.estimator,
    batchSize: choices.batchSize,
    width: changed("width"),
    height: changed("height"),
    rate: changed("rate"),
  };
}

/** A number as typed, with a point or a comma; null for anything else. */
export function numberIn(text: string): number | null {
  const plain = text.trim().replace(",", ".");
  if (!/^-?(\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  return Number(plain);
}

/** What is no number goes as it is, so that the service's own refusal names the field. */
const sent = (text: string) => (numberIn(text) ?? text) as number;

const noteOf = (text: string) => (text.trim() === "" ? null : text.trim());

export function estimationOf(videoId: number, choices: EstimationChoices): SubmitEstimation {
  return {
    video_id: videoId,
    target_width: sent(choices.width),
    target_height: sent(choices.height),
    target_fps: sent(choices.rate),
    skip_start_seconds: sent(choices.start),
    duration_seconds: sent(choices.length),
    batch_size: sent(choices.batchSize),
    estimator: choices.estimator === "" ? null : choices.estimator,
    include_mesh: choices.includeMesh,
    description: noteOf(choices.description),
  };
}

export interface Cost {
  frames: number;
  seconds: number;
  rate: number;
}

/** What will be computed: the window as far as the video goes. Null as long as it is not said. */
export function costOf(choices: EstimationChoices, video: VideoResponse): Cost | null {
  const [rate, start, length] = [numberIn(choices.rate), numberIn(choices.start), numberIn(choices.length)];
  if (rate === null || start === null || length === null || rate <= 0 || start < 0 || length <= 0) return null;
  const rest = video.duration_seconds === null ? length : Math.max(0, video.duration_seconds - start);
  const seconds = Math.min(length, rest);
  return { frames: Math.round(seconds * rate), seconds, rate };
}

export interface VisualizationChoices {
  show_skeleton: boolean;
  show_keypoints: boolean;
  show_bbox: boolean;
  show_bbox_confidence: boolean;
  show_mesh: boolean;
  crf: string;
  preset: NonNullable<SubmitVisualization["preset"]>;
  batchSize: string;
  description: string;
}

export const usualVisualization: VisualizationChoices = {
  show_skeleton: true,
  show_keypoints: true,
  show_bbox: false,
  show_bbox_confidence: false,
  show_mesh: false,
  crf: "20",
  preset: "slower",
  batchSize: "30",
  description: "",
};

export const presets: readonly VisualizationChoices["preset"][] = [
  "ultrafast",
  "superfast",
  "veryfast",
  "faster",
  "fast",
  "medium",
  "slow",
  "slower",
  "veryslow",
];

/** A mesh is asked for only where there is one, whatever was chosen for another estimation. */
export function visualizationOf(
  { id, include_mesh }: Pick<EstimationResponse, "id" | "include_mesh">,
  choices: VisualizationChoices,
): SubmitVisualization {
  const { crf, batchSize, description, ...rest } = choices;
  return {
    ...rest,
    show_mesh: include_mesh && choices.show_mesh,
    estimation_id: id,
    crf: sent(crf),
    batch_size: sent(batchSize),
    description: noteOf(description),
  };
}
