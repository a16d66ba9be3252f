import { stepped, wholeOf, within, type FrameRange, type Timing } from "./time_line";

/** Whatever shows the source: the browser's video, or a clock where it cannot play it. */
export interface Picture {
  seek(timeUs: number): void;
  play(speed: number): void;
  pause(): void;
}

export interface Moment {
  /** Where the time line stands. */
  frame: number;
  /** Whose picture is on show; behind `frame` while the video is seeking. */
  shown: number;
  playing: boolean;
  speed: number;
  /** What is played over and over; null: the whole, once. */
  loop: FrameRange | null;
}

export const speeds = [0.1, 0.25, 0.5, 1, 2] as const;

/**
 * The one clock of the page. The picture says what it shows and everything else follows, so that no skeleton is ever
 * drawn on another frame's picture.
 */
export class Playback {
  private state: Moment;
  private picture: Picture | null = null;
  private readonly listeners = new Set<() => void>();
  /** The video is on its way back to the loop's begin; what it still shows of the end is no reason to go there again. */
  private isRewinding = false;

  constructor(
    private readonly timing: Timing,
    frame: number,
  ) {
    const first = within(frame, wholeOf(timing));
    this.state = { frame: first, shown: first, playing: false, speed: 1, loop: null };
  }

  readonly moment = (): Moment => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  attach(picture: Picture): void {
    this.picture = picture;
    picture.seek(this.timing.timeUs(this.state.frame));
    if (this.state.playing) picture.play(this.state.speed);
  }

  /** Another may have come in its place already. What plays goes on with the next one. */
  detach(picture: Picture): void {
    if (this.picture === picture) this.picture = null;
  }

  show(frame: number): void {
    const wanted = within(Math.round(frame), wholeOf(this.timing));
    this.change({ frame: wanted });
    this.picture?.seek(this.timing.timeUs(wanted));
  }

  step(count: number): void {
    this.pause();
    this.show(stepped(this.state.frame, count, this.timing));
  }

  toggle(): void {
    if (this.state.playing) this.pause();
    else this.play();
  }

  play(): void {
    const { first, last } = this.played();
    const isAtEnd = this.state.frame >= this.timing.firstOfItsTime(last);
    if (isAtEnd || this.state.frame < first) {
      this.isRewinding = true;
      this.show(first);
    }
    this.change({ playing: true });
    this.picture?.play(this.state.speed);
  }

  pause(): void {
    if (!this.state.playing) return;
    this.change({ playing: false });
    this.picture?.pause();
  }

  setSpeed(speed: number): void {
    this.change({ speed });
    if (this.state.playing) this.picture?.play(speed);
  }

  setLoop(loop: FrameRange | null): void {
    this.change({ loop });
  }

  /** Told by the picture each time another frame of the source comes on show. */
  presented(timeUs: number): void {
    const frame = this.timing.frameAt(timeUs);
    if (frame === null) return;
    const { frame: wanted, playing } = this.state;
    if (!playing) {
      // Of frames that repeat one picture, that which was asked for is the one on show.
      const isWanted = this.timing.firstOfItsTime(wanted) === frame;
      this.change({ shown: isWanted ? wanted : frame });
      return;
    }
    const { last } = this.played();
    const isAtEnd = frame >= this.timing.firstOfItsTime(last);
    if (this.isRewinding && isAtEnd) return;
    this.isRewinding = false;
    if (isAtEnd) this.turnAround(last);
    else this.change({ frame, shown: frame });
  }

  /** Told by the picture when the source has no more frames. */
  ended(): void {
    if (this.state.playing) this.turnAround(this.played().last);
  }

  private turnAround(last: number): void {
    this.change({ frame: last, shown: last });
    if (this.state.loop) this.play();
    else {
      this.pause();
      this.show(last);
    }
  }

  private played(): FrameRange {
    return this.state.loop ?? wholeOf(this.timing);
  }

  private change(part: Partial<Moment>): void {
    this.state = { ...this.state, ...part };
    for (const listener of this.listeners) listener();
  }
}
