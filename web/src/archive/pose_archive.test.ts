import { describe, expect, it } from "vitest";
import { openHttpBytes } from "./byte_source";
import { UnreadableArchive } from "./header";
import { pieceFrames } from "./frame_index";
import { chunkFrames, PoseArchive } from "./pose_archive";
import { sampleArchive, watchedBytes, type SamplePerson } from "./sample_archive";

const person = (track: number, x = 0): SamplePerson => ({ track, at2d: [x, 2 * x], at3d: [x / 100, 0, 0] });

function open(frames: SamplePerson[][], options = {}) {
  const source = watchedBytes(sampleArchive(frames, options));
  return { source, archive: PoseArchive.open(source) };
}

describe("the people of a frame", () => {
  it("are its rows, none where nobody is", async () => {
    const archive = await open([[person(1, 5), person(2, 50)], [], [person(2, 60)]]).archive;
    const first = await archive.load(0);
    expect(first.map(({ track }) => track)).toEqual([1, 2]);
    expect([...first[1]!.points2d]).toEqual([50, 100, 51, 101, 52, 102]);
    expect(await archive.load(1)).toEqual([]);
    expect((await archive.load(2))[0]!.points2d[0]).toBe(60);
  });

  it("are there at once for what has been read, and not before", async () => {
    const frames = Array.from({ length: 3 * chunkFrames }, (_, frame) => [person(1, frame)]);
    const archive = await open(frames).archive;
    expect(archive.peek(chunkFrames - 1)![0]!.points2d[0]).toBe(chunkFrames - 1);
    expect(archive.peek(chunkFrames)).toBeNull();
    await archive.load(chunkFrames);
    expect(archive.peek(chunkFrames)![0]!.points2d[0]).toBe(chunkFrames);
  });
});

describe("what is read", () => {
  it("does not grow with the length of the result", async () => {
    const frames = Array.from({ length: 6 * pieceFrames }, (_, frame) => (frame % 16 === 0 ? [person(1, frame)] : []));
    const bytes = sampleArchive(frames);
    const source = watchedBytes(bytes);
    const wanted = 3 * pieceFrames + 16;
    const archive = await PoseArchive.open(source, wanted);
    expect(archive.peek(wanted)![0]!.points2d[0]).toBe(wanted);
    expect(source.bytesRead()).toBeLessThan(bytes.length / 3);
  }, 30_000);

  it("is dropped again beyond the budget, the least recently used first", async () => {
    const frames = Array.from({ length: 8 * chunkFrames }, (_, frame) => [person(1, frame)]);
    const chunkBytes = chunkFrames * (36 + 24 * 3);
    const archive = await PoseArchive.open(watchedBytes(sampleArchive(frames)), 0, 3 * chunkBytes);
    for (const chunk of [1, 2, 0, 3]) await archive.load(chunk * chunkFrames);
    expect(archive.bytesHeld).toBe(3 * chunkBytes);
    archive.peek(0);
    await archive.load(4 * chunkFrames);
    expect(archive.peek(0)).not.toBeNull();
    expect(archive.peek(chunkFrames)).toBeNull();
  });

  it("is asked for once while it is under way", async () => {
    const { source, archive } = open([[person(1)]]);
    const opened = await archive;
    const before = source.reads.length;
    await Promise.all([opened.load(0), opened.load(0)]);
    expect(source.reads.length).toBe(before);
  });

  it("is asked for again after a failure", async () => {
    const source = watchedBytes(sampleArchive(Array.from({ length: 2 * chunkFrames }, () => [person(1)])));
    const archive = await PoseArchive.open(source);
    const read = source.read;
    source.read = () => Promise.reject(new Error("away"));
    await expect(archive.load(chunkFrames)).rejects.toThrow("away");
    source.read = read;
    expect(await archive.load(chunkFrames)).toHaveLength(1);
  });
});

describe("the frame on show", () => {
  const timesUs = [0, 40_000, 40_000, 40_000, 120_000];

  it("is the last that has begun, the first of equals", async () => {
    const { index } = await open(
      timesUs.map(() => []),
      { timesUs },
    ).archive;
    const frames = [-1, 0, 39_999, 40_000, 100_000, 120_000, 9e9].map((time) => index.frameAt(time));
    expect(frames).toEqual([0, 0, 0, 1, 1, 4, 4]);
  });

  it("is unknown until that part of the index has come", async () => {
    const { index } = await open(Array.from({ length: 3 * pieceFrames }, () => [])).archive;
    const middle = 1.5 * pieceFrames;
    expect(index.frameAt(middle * 40_000)).toBeNull();
    await index.loadRest(() => undefined);
    expect(index.frameAt(middle * 40_000)).toBe(middle);
  });
});

describe("an archive that cannot be read", () => {
  it("of another schema says so", async () => {
    await expect(open([[]], { schema: "posed.archive/9" }).archive).rejects.toMatchObject({ kind: "other_schema" });
  });

  it("is refused when cut short, empty or no archive", async () => {
    const whole = sampleArchive([[person(1)]]);
    for (const bytes of [
      new Uint8Array(),
      whole.slice(0, whole.length - 4),
      new TextEncoder().encode("<html></html>"),
    ]) {
      const opened = PoseArchive.open(watchedBytes(bytes));
      await expect(opened).rejects.toBeInstanceOf(UnreadableArchive);
      await expect(opened).rejects.toMatchObject({ kind: "broken" });
    }
  });

  it("is refused when its rows go back", async () => {
    const bytes = sampleArchive([[person(1)], [person(1)]]);
    const rows = bytes.length - 2 * (4 + 16 + 4 + 24 + 36 + 12 + 12) - 24;
    new DataView(bytes.buffer).setBigInt64(rows + 8, 9n, true);
    await expect(PoseArchive.open(watchedBytes(bytes))).rejects.toMatchObject({ kind: "broken" });
  });
});

describe("a result without frames", () => {
  it("opens", async () => {
    expect((await open([]).archive).frames).toBe(0);
  });
});

describe("ranges over HTTP", () => {
  const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => i % 251);
  const partial = async (range: string) => {
    const [first, last] = range.slice("bytes=".length).split("-").map(Number) as [number, number];
    const piece = bytes.slice(first, Math.min(last + 1, bytes.length));
    return new Response(piece, { status: 206, headers: { "Content-Range": `bytes ${first}-${last}/${bytes.length}` } });
  };

  it("are asked for one by one beyond the opening", async () => {
    const asked: string[] = [];
    const source = await openHttpBytes((range) => (asked.push(range), partial(range)));
    expect(source.size).toBe(600_000);
    expect([...(await source.read(100, 103))]).toEqual([100, 101, 102]);
    expect([...(await source.read(500_000, 500_002))]).toEqual([500_000 % 251, 500_001 % 251]);
    expect(asked).toEqual(["bytes=0-262143", "bytes=500000-500001"]);
  });

  it("are cut from the whole where a proxy knows none", async () => {
    const source = await openHttpBytes(async () => new Response(bytes));
    expect([...(await source.read(500_000, 500_002))]).toEqual([500_000 % 251, 500_001 % 251]);
  });
});
