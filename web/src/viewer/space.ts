import type { Person } from "../archive/pose_archive";

/** x right, y up, z towards the camera: metres in the space of the views, the camera in its origin. */
export type Point = [number, number, number];

/** Where a key point is: the person's place and the key point's from there, from the camera's axes to the views'. */
export function placeOf(person: Person, keypoint: number): Point {
  return [
    person.root[0]! + person.points3d[3 * keypoint]!,
    -(person.root[1]! + person.points3d[3 * keypoint + 1]!),
    -(person.root[2]! + person.points3d[3 * keypoint + 2]!),
  ];
}

const footWords = ["ankle", "heel", "foot", "toe"];

export function feetOf(names: string[]): number[] {
  return names.flatMap((name, keypoint) =>
    name.split("_").some((word) => footWords.includes(word)) ? [keypoint] : [],
  );
}

/**
 * The height of the floor: what the lowest foot is at or above in nineteen frames of twenty, so that single bad frames
 * and jumps do not move it. The camera is taken to be held level. Null where no foot was seen.
 */
export function floorUnder(frames: Iterable<Person[]>, names: string[]): number | null {
  const feet = feetOf(names);
  const lowest: number[] = [];
  for (const people of frames) {
    for (const person of people) {
      const heights = feet.map((foot) => placeOf(person, foot)[1]).filter(Number.isFinite);
      if (heights.length > 0) lowest.push(Math.min(...heights));
    }
  }
  if (lowest.length === 0) return null;
  lowest.sort((a, b) => a - b);
  return lowest[Math.floor(lowest.length / 20)]!;
}

/** The middle of all people in a frame: of their places, at half the height of what was seen. Null where nobody is. */
export function middleOf(people: Person[]): Point | null {
  const sum: Point = [0, 0, 0];
  let count = 0;
  for (const person of people) {
    for (let keypoint = 0; keypoint < person.confidence.length; ++keypoint) {
      const place = placeOf(person, keypoint);
      if (!place.every(Number.isFinite)) continue;
      for (const axis of [0, 1, 2] as const) sum[axis] += place[axis];
      ++count;
    }
  }
  return count === 0 ? null : [sum[0] / count, sum[1] / count, sum[2] / count];
}
