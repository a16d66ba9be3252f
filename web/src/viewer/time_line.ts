import type { FrameIndex } from "../archive/frame_index";

/** Both ends are shown. */
export interface FrameRange {
  first: number;
  last: number;
}

export type Timing = Pick<FrameIndex, "frames" | "has" | "timeUs" | "rowsOf" | "firstOfItsTime" | "frameAt">;

export const within = (frame: number, { first, last }: FrameRange) => Math.min(Math.max(frame, first), last);

export const wholeOf = ({ frames }: Pick<Timing, "frames">): FrameRange => ({
  first: 0,
  last: Math.max(0, frames - 1),
});

/** A range from two frames in any order, inside the whole. */
export function rangeOf(a: number, b: number, timing: Pick<Timing, "frames">): FrameRange {
  const whole = wholeOf(timing);
  return { first: within(Math.min(a, b), whole), last: within(Math.max(a, b), whole) };
}

/**
 * The frame that is `count` pictures on (back, if negative). Frames that repeat a picture of the source are one step:
 * each press of a key is to change what is seen.
 */
export function stepped(frame: number, count: number, timing: Timing): number {
  const direction = Math.sign(count);
  const whole = wholeOf(timing);
  let at = frame;
  for (let step = 0; step < Math.abs(count); ++step) {
    let next = at + direction;
    while (next >= 0 && next < timing.frames && timing.has(next) && timing.timeUs(next) === timing.timeUs(at))
      next += direction;
    if (next < whole.first || next > whole.last) break;
    at = direction < 0 ? timing.firstOfItsTime(next) : next;
  }
  return at;
}

/** The stretches of frames in which nobody was found, of what is known of the index so far. */
export function gapsOf(timing: Timing): FrameRange[] {
  const gaps: FrameRange[] = [];
  let first = -1;
  for (let frame = 0; frame <= timing.frames; ++frame) {
    const [begin, end] = timing.rowsOf(frame);
    const isEmpty = frame < timing.frames && timing.has(frame) && begin === end;
    if (isEmpty && first < 0) first = frame;
    if (!isEmpty && first >= 0) {
      gaps.push({ first, last: frame - 1 });
      first = -1;
    }
  }
  return gaps;
}

/** "1:02.345": where a frame lies in the source. */
export function formatMoment(timeUs: number): string {
  const milliseconds = Math.round(timeUs / 1000);
  const minutes = Math.floor(milliseconds / 60_000);
  const seconds = Math.floor(milliseconds / 1000) % 60;
  return `${minutes}:${String(seconds).padStart(2, "0")}.${String(milliseconds % 1000).padStart(3, "0")}`;
}

/** The frames of at most `seconds` around one, as far as there are any; the index decides, not a nominal rate. */
export function around(frame: number, seconds: number, timing: Timing): FrameRange {
  const first = timing.frameAt(timing.timeUs(frame) - seconds * 5e5);
  const last = timing.frameAt(timing.timeUs(frame) + seconds * 5e5);
  return { first: first ?? frame, last: last ?? frame };
}
