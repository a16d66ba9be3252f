import type { ByteSource } from "./byte_source";
import type { FrameIndex } from "./frame_index";
import { readRows, UnreadableArchive, type Header, type MeshCounts } from "./header";
import { float32s, int32s } from "./numbers";

/** Some seconds of one person with eighteen thousand vertices. */
const defaultBudget = 48 * 1024 * 1024;

/**
 * The bodies' surfaces, read for the frames that are asked for and no others: two hundred kilobytes a person and frame.
 * The least recently used are dropped.
 */
export class MeshFrames {
  private readonly present = new Map<number, Float32Array[]>();
  private bytes = 0;
  private triangles: Promise<Uint32Array> | undefined;

  constructor(
    private readonly source: ByteSource,
    private readonly header: Header,
    private readonly index: FrameIndex,
    private readonly counts: MeshCounts,
    private readonly budget = defaultBudget,
  ) {}

  get bytesHeld(): number {
    return this.bytes;
  }

  /** The three vertices of each triangle, the same for every body; read once. */
  faces(): Promise<Uint32Array> {
    this.triangles ??= this.readFaces().catch((error: unknown) => {
      this.triangles = undefined; // to be asked for again when the server is back
      throw error;
    });
    return this.triangles;
  }

  /**
   * x, y, z of each vertex in metres from the person's root, axes of the camera, for the people of a frame in their
   * order, if they have been read already. Of a crowd that would fill the memory, for the first ones.
   */
  peek(frame: number): Float32Array[] | null {
    const [from, to] = this.index.rowsOf(frame);
    if (this.index.has(frame) && from === to) return [];
    const bodies = this.present.get(frame);
    if (!bodies) return null;
    this.present.delete(frame);
    this.present.set(frame, bodies); // a Map keeps the order of insertion
    return bodies;
  }

  /** Reads the frames `first` up to, not including, `end` in one piece. */
  async load(first: number, end: number): Promise<void> {
    await this.index.load(first, end);
    const begin = this.index.rowsOf(first)[0];
    const bytes = await this.readVertices(begin, this.lastRowOf(end - 1));
    for (let frame = first; frame < end; ++frame) {
      const from = this.index.rowsOf(frame)[0];
      const rows = Array.from({ length: this.lastRowOf(frame) - from }, (_, person) => from + person - begin);
      const bodies = rows.map((row) => float32s(bytes.subarray(row * this.rowBytes, (row + 1) * this.rowBytes)));
      if (bodies.length > 0) this.keep(frame, bodies);
    }
  }

  /** How many frames from `first` on, at most `count`, fit into one piece of moderate size; at least one. */
  fitting(first: number, count: number): number {
    const [from] = this.index.rowsOf(first);
    const fits = (frame: number) =>
      this.index.has(frame) && (this.lastRowOf(frame) - from) * this.rowBytes <= this.budget / 8;
    let fitting = 1;
    while (fitting < count && fits(first + fitting)) ++fitting;
    return fitting;
  }

  private get rowBytes(): number {
    return 12 * this.counts.vertices;
  }

  /** The people of one frame take half of the budget at most. */
  private lastRowOf(frame: number): number {
    const [from, to] = this.index.rowsOf(frame);
    return Math.min(to, from + Math.max(1, Math.floor(this.budget / 2 / this.rowBytes)));
  }

  private readVertices(from: number, to: number): Promise<Uint8Array> {
    return readRows(this.source, this.header, "vertices", from, to);
  }

  private async readFaces(): Promise<Uint32Array> {
    const faces = int32s(await readRows(this.source, this.header, "faces", 0, this.counts.triangles));
    if (!faces.every((vertex) => vertex >= 0 && vertex < this.counts.vertices))
      throw new UnreadableArchive("broken", "a triangle of its mesh joins vertices that are not there");
    return new Uint32Array(faces.buffer);
  }

  private keep(frame: number, bodies: Float32Array[]): void {
    this.drop(frame);
    this.present.set(frame, bodies);
    this.bytes += bodies.length * this.rowBytes;
    for (const oldest of this.present.keys()) {
      if (this.bytes <= this.budget || oldest === frame) break;
      this.drop(oldest);
    }
  }

  private drop(frame: number): void {
    this.bytes -= (this.present.get(frame)?.length ?? 0) * this.rowBytes;
    this.present.delete(frame);
  }
}
