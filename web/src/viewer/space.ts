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

/** For each vertex the sum of the normals of its triangles, each as long as its triangle is large; of no fixed length. */
export function smoothNormals(vertices: Float32Array, faces: Uint32Array, normals: Float32Array): void {
  normals.fill(0);
  for (let corner = 0; corner < faces.length; corner += 3) {
    const a = 3 * faces[corner]!;
    const b = 3 * faces[corner + 1]!;
    const c = 3 * faces[corner + 2]!;
    // Plain numbers: this runs a million times a second.
    const ux = vertices[b]! - vertices[a]!;
    const uy = vertices[b + 1]! - vertices[a + 1]!;
    const uz = vertices[b + 2]! - vertices[a + 2]!;
    const vx = vertices[c]! - vertices[a]!;
    const vy = vertices[c + 1]! - vertices[a + 1]!;
    const vz = vertices[c + 2]! - vertices[a + 2]!;
    const x = uy * vz - uz * vy;
    const y = uz * vx - ux * vz;
    const z = ux * vy - uy * vx;
    add(normals, a, x, y, z);
    add(normals, b, x, y, z);
    add(normals, c, x, y, z);
  }
}

function add(points: Float32Array, at: number, x: number, y: number, z: number): void {
  points[at]! += x;
  points[at + 1]! += y;
  points[at + 2]! += z;
}
