import { describe, expect, it, vi } from "vitest";
import { chunkFrames, PoseArchive } from "../archive/pose_archive";
import { sampleArchive, watchedBytes } from "../archive/sample_archive";
import { Playback } from "./playback";
import { ShownPeople } from "./shown_people";

async function opened() {
  const frames = Array.from({ length: 3 * chunkFrames }, (_, frame) => [{ track: frame }]);
  const source = watchedBytes(sampleArchive(frames));
  const archive = await PoseArchive.open(source);
  const playback = new Playback(archive.index, 0);
  const shownPeople = new ShownPeople(archive, playback);
  const stop = shownPeople.start();
  const show = (frame: number) => {
    playback.show(frame);
    playback.presented(archive.index.timeUs(frame));
  };
  return { source, playback, shownPeople, show, stop };
}

describe("the people on show", () => {
  it("are those of the frame whose picture is there, never of the one before", async () => {
    const { shownPeople, show, stop } = await opened();
    show(7);
    expect(shownPeople.current()).toMatchObject({ frame: 7, people: [{ track: 7 }] });
    show(2 * chunkFrames);
    expect(shownPeople.current()).toEqual({ frame: 2 * chunkFrames, people: null, isAway: false });
    await vi.waitFor(() => expect(shownPeople.current().people).toMatchObject([{ track: 2 * chunkFrames }]));
    stop();
  });

  it("do not come late over another frame", async () => {
    const { shownPeople, show, stop } = await opened();
    show(2 * chunkFrames);
    show(3);
    await vi.waitFor(() => expect(shownPeople.current().people).toMatchObject([{ track: 3 }]));
    stop();
  });

  it("are asked for again when the service was away", async () => {
    vi.useFakeTimers();
    const { source, shownPeople, show, stop } = await opened();
    const read = source.read;
    source.read = () => Promise.reject(new Error("away"));
    show(2 * chunkFrames);
    await vi.advanceTimersByTimeAsync(10);
    expect(shownPeople.current()).toMatchObject({ people: null, isAway: true });
    source.read = read;
    await vi.advanceTimersByTimeAsync(2500);
    expect(shownPeople.current()).toMatchObject({ people: [{ track: 2 * chunkFrames }], isAway: false });
    stop();
    vi.useRealTimers();
  });
});
