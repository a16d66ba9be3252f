import { execFileSync } from "node:child_process";

/** The frames of a clip as ffmpeg shows them: when, and what they look like in a few grey pixels. */
export interface SourceFrames {
  /** From the first shown frame. */
  seconds: number[];
  looks: Uint8Array[];
}

export const lookSize = { width: 64, height: 64 };

export function decodeSource(path: string): SourceFrames {
  const times = execFileSync(
    "ffprobe",
    [
      "-v",
      "error",
      "-select_streams",
      "v:0",
      "-show_entries",
      "frame=best_effort_timestamp_time",
      "-of",
      "csv=p=0",
      path,
    ],
    { encoding: "utf8" },
  );
  const shown = times
    .split("\n")
    .map((line) => parseFloat(line))
    .filter((time) => time >= 0);
  const { width, height } = lookSize;
  const bytes = execFileSync(
    "ffmpeg",
    [
      "-v",
      "error",
      "-i",
      path,
      "-vf",
      `scale=${width}:${height}:flags=area`,
      "-fps_mode",
      "passthrough",
      "-f",
      "rawvideo",
      "-pix_fmt",
      "gray",
      "-",
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  const count = bytes.length / (width * height);
  const looks = Array.from({ length: count }, (_, frame) =>
    bytes.subarray(frame * width * height, (frame + 1) * width * height),
  );
  // Frames before the edit list are decoded and not shown: those that are shown are the last.
  const times0 = shown.slice(shown.length - count);
  return { seconds: times0.map((time) => time - times0[0]!), looks };
}

/** Which of the frames looks most like this. */
export function mostLike(look: ArrayLike<number>, { looks }: SourceFrames): number {
  const differences = looks.map((other) => other.reduce((sum, grey, pixel) => sum + Math.abs(grey - look[pixel]!), 0));
  return differences.indexOf(Math.min(...differences));
}
