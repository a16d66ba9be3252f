import type { ByteSource } from "./byte_source";
import { FrameIndex } from "./frame_index";
import { readHeader, readRows, type Header } from "./header";
import { MeshFrames } from "./mesh_frames";
import { float32s, int32s } from "./numbers";

/** One person in one frame. The arrays are windows into what was read; nobody writes to them. */
export interface Person {
  track: number;
  /** Left, top, right, bottom in pixels of the displayed picture. */
  box: Float32Array;
  boxConfidence: number;
  /** x, y of each key point in pixels of the displayed picture. */
  points2d: Float32Array;
  /** x, y, z of each key point in metres from `root`, axes of the camera: right, down, away. */
  points3d: Float32Array;
  /** 0 to 1 for each key point. */
  confidence: Float32Array;
  /** x, y, z in metres from the camera. */
  root: Float32Array;
}

interface Chunk {
  people: Person[][];
  bytes: number;
}

export const chunkFrames = 256;

/** What of the poses may stay in memory: an hour of one person passes through, twenty thousand frames stay. */
const defaultBudget = 64 * 1024 * 1024;

/**
 * A result, read as it is looked at: header and index first, poses in chunks of frames around what is shown, the
 * least recently used dropped.
 */
export class PoseArchive {
  private readonly chunks = new Map<number, Promise<Chunk>>();
  private readonly present = new Map<number, Chunk>();
  private bytes = 0;
  /** The bodies' surfaces, where the archive has them. */
  readonly mesh: MeshFrames | null;

  private constructor(
    private readonly source: ByteSource,
    readonly header: Header,
    readonly index: FrameIndex,
    private readonly budget: number,
  ) {
    this.mesh = header.mesh && new MeshFrames(source, header, index, header.mesh);
  }

  /** Ready to show `frame` (the nearest there is), and to know the first and the last. */
  static async open(source: ByteSource, frame = 0, budget = defaultBudget): Promise<PoseArchive> {
    const header = await readHeader(source);
    const index = new FrameIndex(source, header);
    const archive = new PoseArchive(source, header, index, budget);
    if (header.frames > 0) {
      const wanted = Math.min(Math.max(frame, 0), header.frames - 1);
      await Promise.all([
        index.load(0, 1),
        index.load(header.frames - 1, header.frames),
        index.load(wanted, wanted + 1),
      ]);
      await archive.load(wanted);
    }
    return archive;
  }

  get frames(): number {
    return this.header.frames;
  }

  get bytesHeld(): number {
    return this.bytes;
  }

  /** The people of a frame if they have been read already. */
  peek(frame: number): Person[] | null {
    const number = Math.floor(frame / chunkFrames);
    const chunk = this.present.get(number);
    if (!chunk) return null;
    this.touch(number, chunk);
    return chunk.people[frame - number * chunkFrames] ?? null;
  }

  /** The people of all frames that are in memory. */
  *held(): Iterable<Person[]> {
    for (const chunk of this.present.values()) yield* chunk.people;
  }

  async load(frame: number): Promise<Person[]> {
    const number = Math.floor(frame / chunkFrames);
    const chunk = await this.chunk(number);
    if (this.present.has(number)) this.touch(number, chunk);
    return chunk.people[frame - number * chunkFrames] ?? [];
  }

  private chunk(number: number): Promise<Chunk> {
    const known = this.chunks.get(number);
    if (known) return known;
    const reading = this.read(number);
    this.chunks.set(number, reading);
    reading.then(
      (chunk) => this.keep(number, chunk),
      () => this.chunks.delete(number),
    );
    return reading;
  }

  private keep(number: number, chunk: Chunk): void {
    this.bytes += chunk.bytes;
    this.touch(number, chunk);
    for (const [oldest, old] of this.present) {
      if (this.bytes <= this.budget || oldest === number) break;
      this.present.delete(oldest);
      this.chunks.delete(oldest);
      this.bytes -= old.bytes;
    }
  }

  /** A Map keeps the order of insertion, so the least recently used stands first. */
  private touch(number: number, chunk: Chunk): void {
    this.present.delete(number);
    this.present.set(number, chunk);
  }

  private async read(number: number): Promise<Chunk> {
    const first = number * chunkFrames;
    const end = Math.min(first + chunkFrames, this.frames);
    await this.index.load(first, end);
    const from = this.index.rowsOf(first)[0];
    const to = this.index.rowsOf(end - 1)[1];
    const rows = await this.readPeople(from, to);
    const people: Person[][] = [];
    for (let frame = first; frame < end; ++frame) {
      const [begin, stop] = this.index.rowsOf(frame);
      people.push(rows.slice(begin - from, stop - from));
    }
    return { people, bytes: (to - from) * bytesOfRow(this.header.keypointNames.length) };
  }

  private async readPeople(from: number, to: number): Promise<Person[]> {
    if (from === to) return [];
    const floats = async (name: Parameters<typeof readRows>[2]) =>
      float32s(await readRows(this.source, this.header, name, from, to));
    const [tracks, boxes, boxConfidences, points2d, points3d, confidences, roots] = await Promise.all([
      readRows(this.source, this.header, "track_id", from, to).then(int32s),
      floats("bbox_xyxy"),
      floats("bbox_confidence"),
      floats("keypoints_2d"),
      floats("keypoints_3d"),
      floats("keypoints_confidence"),
      floats("root_translation"),
    ]);
    const keypoints = this.header.keypointNames.length;
    return Array.from(tracks, (track, row) => ({
      track,
      box: boxes.subarray(4 * row, 4 * row + 4),
      boxConfidence: boxConfidences[row]!,
      points2d: points2d.subarray(2 * keypoints * row, 2 * keypoints * (row + 1)),
      points3d: points3d.subarray(3 * keypoints * row, 3 * keypoints * (row + 1)),
      confidence: confidences.subarray(keypoints * row, keypoints * (row + 1)),
      root: roots.subarray(3 * row, 3 * row + 3),
    }));
  }
}

function bytesOfRow(keypoints: number): number {
  return 36 + 24 * keypoints;
}
