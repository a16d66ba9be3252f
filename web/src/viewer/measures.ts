import type { PoseArchive } from "../archive/pose_archive";
import { placeOf } from "./space";
import type { FrameRange } from "./time_line";

export type Measure = "height" | "speed" | "angle";

/** The joints whose angle is measured: the middle one of three key points. */
const corners: [name: string, from: string, to: string][] = [
  ["elbow", "shoulder", "wrist"],
  ["shoulder", "elbow", "hip"],
  ["hip", "shoulder", "knee"],
  ["knee", "hip", "ankle"],
  ["ankle", "knee", "foot_index"],
];

/** Three key points and the angle at the second; one point where only its own place counts. */
export type Joint = { name: string; keypoints: number[] };

/** What can be measured of a skeleton with these key points, in their order. */
export function jointsFor(measure: Measure, names: string[]): Joint[] {
  if (measure !== "angle") return names.map((name, keypoint) => ({ name, keypoints: [keypoint] }));
  const joints = ["left", "right"].flatMap((side) =>
    corners.map((corner) => {
      const [at, from, to] = corner.map((part) => names.indexOf(`${side}_${part}`)) as [number, number, number];
      return { name: `${side}_${corner[0]}`, keypoints: [from, at, to] };
    }),
  );
  return joints.filter(({ keypoints }) => keypoints.every((keypoint) => keypoint >= 0));
}

/** Where some key points of everybody are over a range of frames; NaN where somebody is not to be seen. */
export class Motion {
  /** By track, then by key point: x, y, z of each frame. */
  private readonly places = new Map<number, Map<number, Float32Array>>();
  private readonly seen = new Map<number, number>();
  readonly seconds: Float64Array;

  constructor(
    readonly range: FrameRange,
    private readonly keypoints: number[],
  ) {
    this.seconds = new Float64Array(this.length);
  }

  get length(): number {
    return this.range.last - this.range.first + 1;
  }

  /** Those who are seen longest, first. */
  tracks(): number[] {
    return [...this.seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([track]) => track);
  }

  place(track: number, keypoint: number, at: number): Float32Array {
    const places = this.places.get(track)?.get(keypoint);
    return places ? places.subarray(3 * at, 3 * at + 3) : nowhere;
  }

  /** Reads frame after frame; `onProgress` may be asked for a look at what is there already. */
  async fill(archive: PoseArchive, signal: AbortSignal, onProgress: () => void): Promise<void> {
    for (let at = 0; at < this.length; ++at) {
      const frame = this.range.first + at;
      let people = archive.peek(frame);
      if (!people) {
        onProgress();
        people = await archive.load(frame);
      }
      if (signal.aborted) return;
      this.seconds[at] = archive.index.timeUs(frame) / 1e6;
      for (const person of people) this.add(person.track, at, (keypoint) => placeOf(person, keypoint));
    }
  }

  add(track: number, at: number, placeOfKeypoint: (keypoint: number) => ArrayLike<number>): void {
    let places = this.places.get(track);
    if (!places) {
      places = new Map(this.keypoints.map((keypoint) => [keypoint, new Float32Array(3 * this.length).fill(NaN)]));
      this.places.set(track, places);
    }
    for (const [keypoint, numbers] of places) numbers.set(placeOfKeypoint(keypoint), 3 * at);
    this.seen.set(track, (this.seen.get(track) ?? 0) + 1);
  }
}

const nowhere = new Float32Array([NaN, NaN, NaN]);

/** One number a frame; null where there is none, which a plot shows as a gap. */
export function measured(
  motion: Motion,
  measure: Measure,
  joint: Joint,
  track: number,
  floor: number,
): (number | null)[] {
  const measureAt = { height: heightAt, speed: speedAt, angle: angleAt }[measure];
  return Array.from({ length: motion.length }, (_, at) => {
    const value = measureAt(motion, joint, track, at, floor);
    return Number.isFinite(value) ? value : null;
  });
}

/** Metres above the floor. */
function heightAt(motion: Motion, joint: Joint, track: number, at: number, floor: number): number {
  return motion.place(track, joint.keypoints[0]!, at)[1]! - floor;
}

/**
 * Metres a second between the places about a fifteenth of a second before and after: closer ones would show the
 * estimator's tremble, not the person's speed.
 */
function speedAt(motion: Motion, joint: Joint, track: number, at: number): number {
  const reach = 1 / 15;
  let before = at;
  let after = at;
  while (before > 0 && motion.seconds[at]! - motion.seconds[before]! < reach) --before;
  while (after < motion.length - 1 && motion.seconds[after]! - motion.seconds[at]! < reach) ++after;
  const way = distance(
    motion.place(track, joint.keypoints[0]!, before),
    motion.place(track, joint.keypoints[0]!, after),
  );
  return way / (motion.seconds[after]! - motion.seconds[before]!);
}

/** Degrees: 180 for a straight limb. */
function angleAt(motion: Motion, joint: Joint, track: number, at: number): number {
  const [from, corner, to] = joint.keypoints.map((keypoint) => motion.place(track, keypoint, at)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  let dot = 0;
  for (const axis of [0, 1, 2]) dot += (from[axis]! - corner[axis]!) * (to[axis]! - corner[axis]!);
  const cosine = dot / (distance(from, corner) * distance(to, corner));
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
}
