import type { ByteSource } from "./byte_source";

/** Archives as tests want them: written the way docs/archive.md says. */
export interface SamplePerson {
  track: number;
  /** Of the first key point; each further one lies one unit to the right. */
  at2d?: [number, number];
  at3d?: [number, number, number];
  root?: [number, number, number];
  confidence?: number;
}

export interface SampleOptions {
  names?: string[];
  links?: [number, number][];
  timesUs?: number[];
  schema?: string;
  displayed?: { width: number; height: number };
  /** What stands in the recipe besides the estimator. */
  recipe?: Record<string, unknown>;
  /** Tensors behind those of every archive. */
  more?: SampleTensor[];
}

export type SampleTensor = [name: string, dtype: string, shape: number[], numbers: number[]];

/** A body of four vertices for each person-frame; every number of all of them is another. */
export function sampleMesh(personFrames: number): [faces: SampleTensor, vertices: SampleTensor] {
  const numbers = Array.from({ length: 12 * personFrames }, (_, number) => number);
  return [
    ["faces", "I32", [4, 3], [0, 1, 2, 0, 2, 3, 0, 3, 1, 1, 3, 2]],
    ["vertices", "F32", [personFrames, 4, 3], numbers],
  ];
}

/** One entry of `frames` is the people of one frame. */
export function sampleArchive(frames: SamplePerson[][], options: SampleOptions = {}): Uint8Array {
  const names = options.names ?? ["nose", "left_ankle", "right_ankle"];
  const people = frames.flat();
  const points = <T>(value: (person: SamplePerson, keypoint: number) => T[]) =>
    people.flatMap((person) => names.flatMap((_, keypoint) => value(person, keypoint)));
  const times = options.timesUs ?? frames.map((_, frame) => frame * 40_000);
  let total = 0;
  const rows = [0, ...frames.map((here) => (total += here.length))];
  const [t, n, k] = [frames.length, people.length, names.length];
  const tensors: SampleTensor[] = [
    ["frame_pts", "I64", [t], times],
    ["frame_pts_us", "I64", [t], times],
    ["frame_rows", "I64", [t + 1], rows],
    ["track_id", "I32", [n], people.map((person) => person.track)],
    ["bbox_xyxy", "F32", [n, 4], people.flatMap(() => [10, 20, 110, 220])],
    ["bbox_confidence", "F32", [n], people.map((person) => person.confidence ?? 1)],
    ["keypoints_2d", "F32", [n, k, 2], points(({ at2d: [x, y] = [0, 0] }, i) => [x + i, y + i])],
    ["keypoints_3d", "F32", [n, k, 3], points(({ at3d: [x, y, z] = [0, 0, 0] }, i) => [x + i, y, z])],
    ["keypoints_confidence", "F32", [n, k], points((person) => [person.confidence ?? 1])],
    ["root_translation", "F32", [n, 3], people.flatMap((person) => person.root ?? [0, 0, 0])],
    ...(options.more ?? []),
  ];
  const metadata = {
    schema: options.schema ?? "posed.archive/1",
    recipe: JSON.stringify({ estimator: "sample", ...options.recipe }),
    source: JSON.stringify({ displayed: options.displayed ?? { width: 640, height: 360 } }),
    keypoint_names: JSON.stringify(names),
    keypoint_links: JSON.stringify(options.links ?? [[0, 1]]),
    frames: String(t),
    person_frames: String(n),
    lost_frames: JSON.stringify({ count: 0, first_reason: "" }),
  };
  return assembled(tensors, metadata);
}

function assembled(tensors: SampleTensor[], metadata: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const data: Uint8Array[] = [];
  let end = 0;
  for (const [name, dtype, shape, numbers] of tensors) {
    const bytes = encoded(dtype, numbers);
    header[name] = { dtype, shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    data.push(bytes);
  }
  let text = JSON.stringify(header);
  text = text.padEnd(Math.ceil(text.length / 8) * 8);
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(new TextEncoder().encode(text), 8);
  let at = 8 + text.length;
  for (const bytes of data) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file;
}

function encoded(dtype: string, numbers: number[]): Uint8Array {
  if (dtype === "I64") return new Uint8Array(new BigInt64Array(numbers.map((number) => BigInt(number))).buffer);
  if (dtype === "I32") return new Uint8Array(new Int32Array(numbers).buffer);
  return new Uint8Array(new Float32Array(numbers).buffer);
}

/** Bytes in memory that count what is read of them. */
export function watchedBytes(bytes: Uint8Array): ByteSource & { reads: [number, number][]; bytesRead(): number } {
  const reads: [number, number][] = [];
  return {
    size: bytes.length,
    reads,
    bytesRead: () => reads.reduce((sum, [first, end]) => sum + end - first, 0),
    async read(first, end) {
      reads.push([first, end]);
      return bytes.subarray(first, end);
    },
  };
}
