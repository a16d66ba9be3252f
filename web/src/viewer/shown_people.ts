import { chunkFrames, type Person, type PoseArchive } from "../archive/pose_archive";
import type { Playback } from "./playback";

export interface Shown {
  frame: number;
  /** Null until they have been read. */
  people: Person[] | null;
  /** The read failed and is tried again. */
  isAway: boolean;
}

const retryMilliseconds = 2000;

/** The people of the frame that is on show: what both views and the list draw, all of the same frame. */
export class ShownPeople {
  private state: Shown;
  private readonly listeners = new Set<() => void>();
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly archive: PoseArchive,
    private readonly playback: Playback,
  ) {
    const { shown } = playback.moment();
    this.state = { frame: shown, people: archive.peek(shown), isAway: false };
  }

  readonly current = (): Shown => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Follows the playback until the function that it returns is called. */
  start(): () => void {
    const stop = this.playback.subscribe(() => this.follow());
    this.follow();
    return () => {
      stop();
      clearTimeout(this.retry);
    };
  }

  private follow(): void {
    const frame = this.playback.moment().shown;
    if (frame === this.state.frame && this.state.people) return;
    const people = this.archive.peek(frame);
    this.change({ frame, people, isAway: people === null && this.state.isAway });
    if (people === null) this.read(frame);
    else this.readAhead(frame);
  }

  private read(frame: number): void {
    this.archive.load(frame).then(
      (people) => this.arrived(frame, { people, isAway: false }),
      () => {
        this.arrived(frame, { isAway: true });
        clearTimeout(this.retry);
        this.retry = setTimeout(() => this.follow(), retryMilliseconds);
      },
    );
  }

  /** What comes next while playing is asked for while there is still time; a failure shows when it is needed. */
  private readAhead(frame: number): void {
    const next = Math.min(frame + chunkFrames / 2, this.archive.frames - 1);
    if (this.archive.peek(next) === null) this.archive.load(next).catch(() => undefined);
  }

  private arrived(frame: number, part: Partial<Shown>): void {
    if (frame === this.state.frame) this.change(part);
  }

  private change(part: Partial<Shown>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}
