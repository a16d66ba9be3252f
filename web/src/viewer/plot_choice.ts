import { jointsFor, type Joint, type Measure } from "./measures";
import { around, wholeOf, type FrameRange, type Timing } from "./time_line";

/** What the plots show; the visitor's choice. */
export interface PlotChoice {
  measure: Measure;
  joints: string[];
  /** A person's track; null: everybody. */
  track: number | null;
  /** Seconds around the moment; null: the whole. */
  window: number | null;
}

export const windows = [10, 60] as const;

/** Longer ones are shown in windows: their whole would take its time to come, and more memory than a page should. */
const longestWhole = 20_000;

export const canShowWhole = ({ frames }: Pick<Timing, "frames">) => frames <= longestWhole;

/** The joints that people ask for first, of those that there are. */
const mainParts = ["nose", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"];

export const isMain = ({ name }: Joint) =>
  mainParts.some((part) => name === part || name === `left_${part}` || name === `right_${part}`);

const startingJoints: Record<Measure, string[]> = {
  height: ["left_wrist", "right_wrist", "left_ankle", "right_ankle"],
  speed: ["left_ankle", "right_ankle"],
  angle: ["left_knee", "right_knee"],
};

/** The usual joints of a measure, or the first where the skeleton is of another kind. */
export function startingChoice(measure: Measure, names: string[]): string[] {
  const there = jointsFor(measure, names).map(({ name }) => name);
  const usual = startingJoints[measure].filter((name) => there.includes(name));
  return usual.length > 0 ? usual : there.slice(0, 2);
}

/** The range to be shown: the old one as long as the moment lies in it, so that curves do not run along. */
export function rangeToShow(old: FrameRange | null, frame: number, window: number | null, timing: Timing): FrameRange {
  if (window === null) return wholeOf(timing);
  if (old && frame >= old.first && frame <= old.last && old.last > old.first) return old;
  return around(frame, window, timing);
}
