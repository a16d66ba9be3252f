import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PoseArchive } from "../archive/pose_archive";
import { sampleArchive, sampleMesh, watchedBytes, type SampleTensor } from "../archive/sample_archive";
import { Playback } from "./playback";
import { ShownMesh } from "./shown_mesh";
import { ShownPeople } from "./shown_people";

const frames = 120;
const rowBytes = 4 * 3 * 4;

/** One person in 25 frames a second, over a link that takes some milliseconds for a read and for each frame of it. */
async function opened(more: SampleTensor[] = sampleMesh(frames)) {
  const people = Array.from({ length: frames }, (_, frame) => [{ track: frame }]);
  const bytes = sampleArchive(people, { more, recipe: { mesh: true } });
  const source = watchedBytes(bytes);
  const archive = await PoseArchive.open(source);
  const link = { latency: 0, perFrame: 0, isAway: false };
  const read: [number, number][] = [];
  const whole = source.read;
  const vertices = bytes.length - frames * rowBytes;
  source.read = async (first, end) => {
    const isOfMesh = first >= vertices;
    const count = isOfMesh ? (end - first) / rowBytes : 0;
    if (isOfMesh) read.push([(first - vertices) / rowBytes, (end - vertices) / rowBytes - 1]);
    await new Promise((resolve) => setTimeout(resolve, link.latency + count * link.perFrame));
    if (link.isAway) throw new Error("away");
    return whole(first, end);
  };
  const playback = new Playback(archive.index, 0);
  const shownPeople = new ShownPeople(archive, playback);
  const shownMesh = new ShownMesh(archive.mesh!, archive.index, playback, shownPeople);
  shownPeople.start();
  const show = async (frame: number) => {
    if (!playback.moment().playing) playback.show(frame);
    playback.presented(archive.index.timeUs(frame));
    await vi.advanceTimersByTimeAsync(40);
  };
  /** Which frames' bodies stood while these were on show; null: none. */
  const play = async (first: number, last: number) => {
    const stood: (number | null)[] = [];
    for (let frame = first; frame <= last; ++frame) {
      await show(frame);
      const { frame: from, bodies } = shownMesh.current();
      stood.push(bodies && bodies[0]!.track === from ? from : null);
    }
    return stood;
  };
  return { link, read, playback, shownPeople, shownMesh, show, play };
}

describe("the bodies on show", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("are read for the frame that is looked at, as long as they are wanted", async () => {
    const { read, shownMesh, show } = await opened();
    await show(7);
    expect(read).toEqual([]);
    const stop = shownMesh.start();
    await show(7);
    expect(read).toEqual([[7, 7]]);
    expect(shownMesh.current()).toMatchObject({ frame: 7, bodies: [{ track: 7 }], isAway: false });
    expect([...shownMesh.current().bodies![0]!.vertices]).toEqual(Array.from({ length: 12 }, (_, i) => 7 * 12 + i));
    stop();
    expect(shownMesh.current().bodies).toBeNull();
    await show(50);
    expect(read).toEqual([[7, 7]]);
  });

  it("are there at once on the next step in the same direction", async () => {
    const { read, shownMesh, show } = await opened();
    const stop = shownMesh.start();
    for (const frame of [0, 20, 19, 18]) await show(frame);
    expect(read).toEqual([0, 20, 21, 19, 18, 17].map((frame) => [frame, frame]));
    stop();
  });

  it("never stand in another frame than their own at rest", async () => {
    const { link, shownMesh, show } = await opened();
    const stop = shownMesh.start();
    await show(3);
    link.latency = 1000;
    await show(60);
    expect(shownMesh.current().bodies).toBeNull();
    await show(3);
    expect(shownMesh.current()).toMatchObject({ frame: 3, bodies: [{ track: 3 }] });
    stop();
  });

  it("play on with everything where reading is quick, in ever larger pieces", async () => {
    const { link, read, playback, shownMesh, show, play } = await opened();
    link.latency = 50;
    const stop = shownMesh.start();
    await show(0);
    await show(0);
    playback.play();
    const stood = await play(1, 100);
    expect(stood.slice(10)).toEqual(Array.from({ length: 90 }, (_, i) => 11 + i));
    expect(read.length).toBeLessThan(25);
    const sizes = read.map(([first, last]) => last + 1 - first);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(frames);
    stop();
  });

  it("play on with everything where the service is far away", async () => {
    const { link, playback, shownMesh, show, play } = await opened();
    link.latency = 150;
    const stop = shownMesh.start();
    for (const frame of [0, 0, 0, 0, 0]) await show(frame);
    playback.play();
    expect((await play(1, 100)).slice(30)).toEqual(Array.from({ length: 70 }, (_, i) => 31 + i));
    stop();
  });

  it("come one now and then where reading is slow, and the skeleton does not wait", async () => {
    const { link, read, playback, shownPeople, shownMesh, show, play } = await opened();
    const stop = shownMesh.start();
    await show(0);
    link.perFrame = 150;
    playback.play();
    const stood = await play(1, 100);
    expect(shownPeople.current()).toMatchObject({ frame: 100, people: [{ track: 100 }] });
    expect(stood.slice(12)).not.toContain(null);
    expect(new Set(stood).size).toBeGreaterThan(15);
    stood.forEach((frame, at) => expect(at + 1 - (frame ?? at)).toBeLessThanOrEqual(10));
    expect(read.length).toBeLessThan(30);
    stop();
  });

  it("are left out when they come too late, and are there when it rests", async () => {
    const { link, playback, shownMesh, show, play } = await opened();
    const stop = shownMesh.start();
    await show(0);
    link.latency = 1e6;
    playback.play();
    expect(await play(1, 13)).toEqual([...new Array<number>(10).fill(0), null, null, null]);
    playback.pause();
    link.latency = 0;
    await vi.advanceTimersByTimeAsync(1e6);
    expect(shownMesh.current()).toMatchObject({ frame: 13, bodies: [{ track: 13 }] });
    stop();
  });

  it("are read for the begin of a loop before its end", async () => {
    const { read, playback, shownMesh, show, play } = await opened();
    playback.setLoop({ first: 30, last: 40 });
    await show(38);
    const stop = shownMesh.start();
    playback.play();
    await play(38, 39);
    const wanted = read.flatMap(([first, last]) => Array.from({ length: last + 1 - first }, (_, i) => first + i));
    expect(Math.min(...wanted)).toBe(30);
    expect(Math.max(...wanted)).toBe(40);
    stop();
  });

  it("come back by themselves when the service was away", async () => {
    const { link, read, shownMesh, show } = await opened();
    const stop = shownMesh.start();
    await show(5);
    link.isAway = true;
    await show(80);
    expect(shownMesh.current()).toMatchObject({ bodies: null, isAway: true });
    const tries = read.length;
    await show(81);
    expect(read.length).toBe(tries); // not at every frame
    link.isAway = false;
    await vi.advanceTimersByTimeAsync(2500);
    expect(shownMesh.current()).toMatchObject({ frame: 81, bodies: [{ track: 81 }], isAway: false });
    stop();
  });

  it("ask for nothing any more when nobody wants them while the service is away", async () => {
    const { link, read, shownMesh } = await opened();
    link.isAway = true;
    const stop = shownMesh.start();
    await vi.advanceTimersByTimeAsync(100);
    stop();
    const tries = read.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(read.length).toBe(tries);
  });

  it("say that the mesh is broken, once", async () => {
    const [, vertices] = sampleMesh(frames);
    const { read, shownMesh, show } = await opened([["faces", "I32", [1, 3], [0, 1, 4]], vertices]);
    const stop = shownMesh.start();
    await show(0);
    expect(shownMesh.current()).toMatchObject({ bodies: null, broken: { kind: "broken" } });
    const tries = read.length;
    await show(1);
    expect(read.length).toBe(tries);
    stop();
  });
});
