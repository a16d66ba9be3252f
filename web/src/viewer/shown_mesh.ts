import { UnreadableArchive } from "../archive/header";
import type { MeshFrames } from "../archive/mesh_frames";
import type { Person } from "../archive/pose_archive";
import type { Playback } from "./playback";
import type { ShownPeople } from "./shown_people";
import { wholeOf, within, type FrameRange, type Timing } from "./time_line";

/** The surface of one person, and where it stands. */
export interface Body {
  track: number;
  /** x, y, z in metres from the camera. */
  root: Float32Array;
  /** x, y, z of each vertex in metres from `root`, axes of the camera. */
  vertices: Float32Array;
}

export interface ShownBodies {
  /** Whose they are: of the frame on show, or while it plays a little before it. */
  frame: number;
  /** Null until they have been read. */
  bodies: Body[] | null;
  /** The three vertices of each triangle, of every body. */
  faces: Uint32Array | null;
  /** The read failed and is tried again. */
  isAway: boolean;
  /** The mesh makes no sense. */
  broken: UnreadableArchive | null;
}

const retryMilliseconds = 2000;
/** Of the source: longer than that no body stands while its skeleton goes on. */
const heldUs = 400_000;
const framesAhead = 16;
const mostInOneRead = framesAhead / 2;
/** A read that takes as many frames as this may be for more of them: it is the way that takes the time. */
const quickFrames = 6;
const mostLag = 30;

/**
 * The bodies' surfaces of the frame that is on show. They are large, and nothing waits for them: one read is under way at
 * a time; while it plays it is for frames that are still to come when it ends, by how long the last one took. What comes
 * too late is left out.
 */
export class ShownMesh {
  private state: ShownBodies = { frame: -1, bodies: null, faces: null, isAway: false, broken: null };
  private readonly listeners = new Set<() => void>();
  private isFollowing = false;
  private isReading = false;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private frame = 0;
  /** Where the last step led: 1 forwards, -1 back. */
  private direction = 0;
  /** Frames of the next read while it plays. */
  private count = 1;
  /** Frames that are likely to go by during it. */
  private lag = 0;

  constructor(
    private readonly mesh: MeshFrames,
    private readonly timing: Timing,
    private readonly playback: Playback,
    private readonly shownPeople: ShownPeople,
  ) {}

  readonly current = (): ShownBodies => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Follows what is on show until the function that it returns is called. Only meanwhile anything is read. */
  start(): () => void {
    const stops = [this.playback, this.shownPeople].map((followed) => followed.subscribe(() => this.follow()));
    this.isFollowing = true;
    this.frame = this.shownPeople.current().frame;
    this.direction = 0;
    this.follow();
    return () => {
      stops.forEach((stop) => stop());
      this.isFollowing = false;
      this.endWaiting();
      this.change({ bodies: null });
    };
  }

  private follow(): void {
    const { frame, people } = this.shownPeople.current();
    if (frame !== this.frame) this.direction = Math.sign(frame - this.frame);
    this.frame = frame;
    const bodies = people && this.bodiesOf(frame, people);
    if (!bodies || !this.state.faces) {
      if (this.state.bodies && !this.mayStay()) this.change({ bodies: null });
    } else if (frame !== this.state.frame || !this.state.bodies) this.change({ frame, bodies });
    this.readNext();
  }

  private bodiesOf(frame: number, people: Person[]): Body[] | null {
    const surfaces = this.mesh.peek(frame);
    return surfaces && surfaces.map((vertices, row) => ({ ...bodyOf(people[row]!), vertices }));
  }

  private mayStay(): boolean {
    const age = this.timing.timeUs(this.frame) - this.timing.timeUs(this.state.frame);
    return this.playback.moment().playing && age >= 0 && age <= heldUs;
  }

  private readNext(): void {
    if (!this.isFollowing || this.isReading || this.retry !== undefined || this.state.broken) return;
    const wanted = this.wanted();
    if (!wanted) return;
    this.isReading = true;
    const begin = this.frame;
    Promise.all([this.mesh.faces(), this.mesh.load(wanted.first, wanted.last + 1)]).then(
      ([faces]) => {
        this.isReading = false;
        this.adapt(this.frame - begin, wanted.last + 1 - wanted.first);
        if (!this.isFollowing) return;
        this.change({ faces, isAway: false });
        this.follow();
      },
      (reason: unknown) => {
        this.isReading = false;
        if (this.isFollowing) this.fail(reason);
      },
    );
  }

  private fail(reason: unknown): void {
    if (reason instanceof UnreadableArchive) {
      this.change({ broken: reason, bodies: null });
      return;
    }
    this.change({ isAway: true });
    this.retry = setTimeout(() => {
      this.endWaiting();
      this.readNext();
    }, retryMilliseconds);
  }

  private endWaiting(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
  }

  /** Larger pieces as long as they come sooner than they are shown. */
  private adapt(passed: number, read: number): void {
    if (!this.playback.moment().playing || passed < 0) return; // somebody went back, or a loop did
    const isQuick = passed <= Math.max(read, quickFrames);
    this.count = isQuick ? Math.min(2 * this.count, mostInOneRead) : Math.max(1, Math.floor(this.count / 2));
    this.lag = Math.min(mostLag, Math.ceil((passed * this.count) / read));
  }

  private wanted(): FrameRange | null {
    const { playing } = this.playback.moment();
    const coming = playing ? this.coming() : this.near();
    const first = coming.find((frame) => this.isLacking(frame));
    if (first === undefined) return null;
    const count = playing ? this.count : 1;
    let last = first;
    while (last + 1 - first < count && coming.includes(last + 1) && this.isLacking(last + 1)) ++last;
    // A few frames far ahead may wait until there are more of them.
    const isSoon = coming.indexOf(first) < coming.length / 2;
    return isSoon || last + 1 - first === count ? { first, last } : null;
  }

  /** At rest: the frame on show, then the one that the same step would lead to again. */
  private near(): number[] {
    return [this.frame, within(this.frame + this.direction, wholeOf(this.timing))];
  }

  private coming(): number[] {
    const { loop } = this.playback.moment();
    const { first, last } = loop ?? wholeOf(this.timing);
    const next = this.frame + 1 + this.lag;
    const frames = Array.from({ length: this.mesh.fitting(next, framesAhead) }, (_, ahead) => next + ahead);
    if (!loop) return frames.filter((frame) => frame <= last);
    return frames.map((frame) => (frame <= last ? frame : first + ((frame - last - 1) % (last + 1 - first))));
  }

  private isLacking(frame: number): boolean {
    return this.mesh.peek(frame) === null;
  }

  private change(part: Partial<ShownBodies>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}

const bodyOf = ({ track, root }: Person) => ({ track, root });
