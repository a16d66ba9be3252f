import type { ByteSource } from "./byte_source";
import { readRows, UnreadableArchive, type Header } from "./header";
import { int64s } from "./numbers";

/** 128 KiB of times and rows: a quarter of an hour at 10 frames a second, two minutes at 60. */
export const pieceFrames = 8192;

/**
 * When each frame is shown and which rows are its people. Sixteen bytes a frame, so all of it may stay in memory;
 * it arrives in pieces, those that are looked at first.
 */
export class FrameIndex {
  private readonly timesUs: Float64Array;
  private readonly rows: Float64Array;
  private readonly pieces: (Promise<void> | undefined)[];
  private readonly arrived: boolean[];

  constructor(
    private readonly source: ByteSource,
    private readonly header: Header,
  ) {
    this.timesUs = new Float64Array(header.frames);
    this.rows = new Float64Array(header.frames + 1);
    const count = Math.ceil(header.frames / pieceFrames);
    this.pieces = new Array<Promise<void> | undefined>(count).fill(undefined);
    this.arrived = new Array<boolean>(count).fill(false);
  }

  get frames(): number {
    return this.header.frames;
  }

  has(frame: number): boolean {
    return this.arrived[Math.floor(frame / pieceFrames)] ?? false;
  }

  timeUs(frame: number): number {
    return this.timesUs[frame] ?? 0;
  }

  /** The people of `frame` are the rows from the first up to, not including, the second. */
  rowsOf(frame: number): [number, number] {
    return [this.rows[frame] ?? 0, this.rows[frame + 1] ?? 0];
  }

  async load(from: number, to: number): Promise<void> {
    const first = Math.floor(from / pieceFrames);
    const last = Math.floor(Math.max(from, to - 1) / pieceFrames);
    const wanted: Promise<void>[] = [];
    for (let piece = first; piece <= last && piece < this.pieces.length; ++piece) wanted.push(this.piece(piece));
    await Promise.all(wanted);
  }

  /** All that is lacking, piece after piece, so that what is looked at meanwhile need not wait. */
  async loadRest(onPiece: () => void): Promise<void> {
    for (let piece = 0; piece < this.pieces.length; ++piece) {
      if (this.arrived[piece]) continue;
      await this.piece(piece);
      onPiece();
    }
  }

  /**
   * The frame that is on show at `timeUs`: the first of the last time that is not later. Null before that part of
   * the index is there; the first frame for times before it.
   */
  frameAt(timeUs: number): number | null {
    const piece = this.pieceAt(timeUs);
    if (piece === null) return null;
    const begin = piece * pieceFrames;
    let low = begin;
    let high = Math.min(begin + pieceFrames, this.frames) - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.timeUs(middle) <= timeUs) low = middle;
      else high = middle - 1;
    }
    return this.firstOfItsTime(low);
  }

  /** Frames that show the same picture of the source have the same time; this is the first of them. */
  firstOfItsTime(frame: number): number {
    while (frame > 0 && this.has(frame - 1) && this.timeUs(frame - 1) === this.timeUs(frame)) --frame;
    return frame;
  }

  private pieceAt(timeUs: number): number | null {
    for (let piece = this.pieces.length - 1; piece >= 0; --piece) {
      if (!this.arrived[piece]) continue;
      const begin = piece * pieceFrames;
      if (this.timeUs(begin) > timeUs && piece > 0) continue;
      const end = Math.min(begin + pieceFrames, this.frames);
      // Later pieces that have arrived begin after this time; one that has not may hold it.
      const following = piece + 1 === this.pieces.length || this.arrived[piece + 1];
      return following || this.timeUs(end - 1) > timeUs ? piece : null;
    }
    return null;
  }

  private piece(piece: number): Promise<void> {
    this.pieces[piece] ??= this.read(piece).catch((error: unknown) => {
      this.pieces[piece] = undefined; // to be asked for again when the server is back
      throw error;
    });
    return this.pieces[piece];
  }

  private async read(piece: number): Promise<void> {
    const from = piece * pieceFrames;
    const to = Math.min(from + pieceFrames, this.frames);
    const [times, rows] = await Promise.all([
      readRows(this.source, this.header, "frame_pts_us", from, to),
      readRows(this.source, this.header, "frame_rows", from, to + 1),
    ]);
    const rowNumbers = int64s(rows);
    if (!ascends(rowNumbers) || rowNumbers[rowNumbers.length - 1]! > this.header.personFrames) {
      throw new UnreadableArchive("broken", "frame_rows goes back or beyond the last row");
    }
    this.timesUs.set(int64s(times), from);
    this.rows.set(rowNumbers, from);
    this.arrived[piece] = true;
  }
}

function ascends(numbers: Float64Array): boolean {
  for (let i = 1; i < numbers.length; ++i) {
    if (numbers[i]! < numbers[i - 1]!) return false;
  }
  return (numbers[0] ?? 0) >= 0;
}
