import { beforeEach, describe, expect, it } from "vitest";
import { Playback, type Picture } from "./playback";
import { around, formatMoment, gapsOf, rangeOf, stepped, type Timing } from "./time_line";

/** Frames at these times; nobody in those of `empty`. */
function timing(timesUs: number[], empty: number[] = []): Timing {
  const lastNotAfter = (timeUs: number) => Math.max(0, timesUs.filter((time) => time <= timeUs).length - 1);
  const firstOfItsTime = (frame: number) => timesUs.indexOf(timesUs[frame]!);
  return {
    frames: timesUs.length,
    has: () => true,
    timeUs: (frame) => timesUs[frame] ?? 0,
    rowsOf: (frame) => (empty.includes(frame) ? [0, 0] : [0, 1]),
    firstOfItsTime,
    frameAt: (timeUs) => firstOfItsTime(lastNotAfter(timeUs)),
  };
}

class FakePicture implements Picture {
  asked: string[] = [];
  seek = (timeUs: number) => this.asked.push(`seek ${timeUs}`);
  play = (speed: number) => this.asked.push(`play ${speed}`);
  pause = () => this.asked.push("pause");
}

describe("stepping", () => {
  const variable = timing([0, 40, 40, 40, 120, 120]);

  it("changes the picture with each step", () => {
    expect([0, 1, 2, 3, 4].map((frame) => stepped(frame, 1, variable))).toEqual([1, 4, 4, 4, 4]);
    expect([5, 4, 3, 1].map((frame) => stepped(frame, -1, variable))).toEqual([1, 1, 0, 0]);
    expect(stepped(0, 2, variable)).toBe(4);
  });

  it("stops at the ends", () => {
    const even = timing([0, 40, 80]);
    expect(stepped(1, 10, even)).toBe(2);
    expect(stepped(1, -10, even)).toBe(0);
  });
});

describe("the time line", () => {
  it("knows the stretches without anybody", () => {
    expect(gapsOf(timing([0, 1, 2, 3, 4, 5], [0, 2, 3, 5]))).toEqual([
      { first: 0, last: 0 },
      { first: 2, last: 3 },
      { first: 5, last: 5 },
    ]);
  });

  it("takes ranges in any order and cuts them", () => {
    expect(rangeOf(9, -3, timing([0, 1, 2]))).toEqual({ first: 0, last: 2 });
  });

  it("finds what lies around a frame by time, not by number", () => {
    expect(around(2, 2, timing([0, 1e6, 2e6, 2.2e6, 2.4e6, 9e6]))).toEqual({ first: 1, last: 4 });
  });

  it("writes moments to the millisecond", () => {
    expect([0, 41_667, 83_999_500].map(formatMoment)).toEqual(["0:00.000", "0:00.042", "1:24.000"]);
  });
});

describe("playback", () => {
  let picture: FakePicture;
  let playback: Playback;
  beforeEach(() => {
    picture = new FakePicture();
    playback = new Playback(timing([0, 100, 200, 200, 300]), 1);
    playback.attach(picture);
    picture.asked = [];
  });

  it("shows what the picture shows, not what was asked for", () => {
    playback.show(4);
    expect(playback.moment()).toMatchObject({ frame: 4, shown: 1 });
    playback.presented(100);
    expect(playback.moment()).toMatchObject({ frame: 4, shown: 1 });
    playback.presented(300);
    expect(playback.moment()).toMatchObject({ frame: 4, shown: 4 });
    expect(picture.asked).toEqual(["seek 300"]);
  });

  it("keeps to the frame that was asked for where several show one picture", () => {
    playback.show(3);
    playback.presented(200);
    expect(playback.moment()).toMatchObject({ frame: 3, shown: 3 });
  });

  it("follows the picture and stops at the end", () => {
    playback.toggle();
    playback.presented(200);
    expect(playback.moment()).toMatchObject({ frame: 2, shown: 2, playing: true });
    playback.presented(300);
    expect(playback.moment()).toMatchObject({ frame: 4, playing: false });
    expect(picture.asked).toEqual(["play 1", "pause", "seek 300"]);
  });

  it("begins anew when it is played at the end", () => {
    playback.show(4);
    playback.play();
    playback.presented(300); // still the old picture
    expect(playback.moment()).toMatchObject({ playing: true, frame: 0 });
    playback.presented(0);
    expect(playback.moment()).toMatchObject({ playing: true, shown: 0 });
  });

  it("plays a loop over and over, from its begin", () => {
    playback.setLoop({ first: 1, last: 2 });
    playback.play();
    playback.presented(100);
    playback.presented(200);
    expect(picture.asked).toEqual(["play 1", "seek 100", "play 1"]);
    playback.presented(200); // the seek is under way
    expect(picture.asked).toHaveLength(3);
    playback.presented(100);
    playback.presented(200);
    expect(picture.asked.filter((asked) => asked === "seek 100")).toHaveLength(2);
  });

  it("goes back to the loop when the video has ended", () => {
    playback.setLoop({ first: 1, last: 4 });
    playback.play();
    playback.ended();
    expect(playback.moment()).toMatchObject({ playing: true, frame: 1 });
  });

  it("changes speed while it plays, and only then tells the picture", () => {
    playback.setSpeed(0.5);
    expect(picture.asked).toEqual([]);
    playback.play();
    playback.setSpeed(2);
    expect(picture.asked).toEqual(["play 0.5", "play 2"]);
  });

  it("lets a picture go only while it is the one", () => {
    const next = new FakePicture();
    playback.attach(next);
    playback.detach(picture);
    playback.show(2);
    expect(next.asked).toEqual(["seek 100", "seek 200"]);
  });

  it("goes on playing with the picture that comes in another's place", () => {
    playback.play();
    playback.presented(200);
    playback.detach(picture);
    const next = new FakePicture();
    playback.attach(next);
    expect(playback.moment().playing).toBe(true);
    expect(next.asked).toEqual(["seek 200", "play 1"]);
  });

  it("stays within the frames there are", () => {
    playback.show(99);
    expect(playback.moment().frame).toBe(4);
    playback.show(-1);
    expect(playback.moment().frame).toBe(0);
  });
});
