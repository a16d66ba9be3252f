import { describe, expect, it } from "vitest";
import { UnreadableArchive } from "./header";
import { MeshFrames } from "./mesh_frames";
import { PoseArchive } from "./pose_archive";
import { sampleArchive, sampleMesh, watchedBytes, type SamplePerson, type SampleTensor } from "./sample_archive";

const rowBytes = 4 * 3 * 4;
const numbersOf = (row: number) => Array.from({ length: 12 }, (_, number) => 12 * row + number);
const twoIn = (frames: number): SamplePerson[][] => Array.from({ length: frames }, () => [{ track: 1 }, { track: 2 }]);

/** The mesh of an opened archive, and what is read from then on. */
async function opened(frames: SamplePerson[][], budget?: number) {
  const bytes = sampleArchive(frames, { more: sampleMesh(frames.flat().length), recipe: { mesh: true } });
  const source = watchedBytes(bytes);
  const { header, index } = await PoseArchive.open(source);
  source.reads.length = 0;
  const vertices = bytes.length - frames.flat().length * rowBytes;
  return { source, mesh: new MeshFrames(source, header, index, header.mesh!, budget), vertices };
}

describe("the bodies of frames", () => {
  it("are read in one piece, and nothing else is", async () => {
    const { source, mesh, vertices } = await opened(twoIn(100));
    await mesh.load(40, 43);
    expect(source.reads).toEqual([[vertices + 80 * rowBytes, vertices + 86 * rowBytes]]);
    expect(mesh.peek(41)!.map((body) => [...body])).toEqual([numbersOf(82), numbersOf(83)]);
    expect([39, 43].map((frame) => mesh.peek(frame))).toEqual([null, null]);
  });

  it("are none where nobody is, which takes no reading", async () => {
    const { source, mesh } = await opened([[{ track: 1 }], [], [{ track: 1 }]]);
    expect(mesh.peek(1)).toEqual([]);
    expect(source.reads).toEqual([]);
    await mesh.load(0, 3);
    expect(mesh.peek(1)).toEqual([]);
    expect(mesh.peek(2)!.map((body) => [...body])).toEqual([numbersOf(1)]);
  });

  it("are dropped again beyond the budget, the least recently used first", async () => {
    const { mesh } = await opened(twoIn(20), 8 * rowBytes);
    for (const frame of [3, 4, 5, 6]) await mesh.load(frame, frame + 1);
    mesh.peek(3);
    await mesh.load(7, 8);
    expect(mesh.bytesHeld).toBe(8 * rowBytes);
    expect([3, 4, 5, 6, 7].filter((frame) => mesh.peek(frame))).toEqual([3, 5, 6, 7]);
  });

  it("of a crowd are those of the first people only", async () => {
    const { source, mesh } = await opened([Array.from({ length: 1000 }, (_, track) => ({ track }))], 20 * rowBytes);
    await mesh.load(0, 1);
    expect(mesh.peek(0)).toHaveLength(10);
    expect(source.bytesRead()).toBe(10 * rowBytes);
  });

  it("are asked for in pieces of moderate size", async () => {
    const { mesh } = await opened(twoIn(20), 48 * rowBytes);
    expect([mesh.fitting(0, 16), mesh.fitting(0, 2)]).toEqual([3, 2]);
  });
});

describe("the triangles", () => {
  it("are read once", async () => {
    const { source, mesh } = await opened(twoIn(2));
    const [one, other] = await Promise.all([mesh.faces(), mesh.faces()]);
    expect([...one]).toEqual([0, 1, 2, 0, 2, 3, 0, 3, 1, 1, 3, 2]);
    expect(other).toBe(one);
    expect(source.bytesRead()).toBe(4 * 3 * 4);
  });

  it("are asked for again after a failure", async () => {
    const { source, mesh } = await opened(twoIn(2));
    const read = source.read;
    source.read = () => Promise.reject(new Error("away"));
    await expect(mesh.faces()).rejects.toThrow("away");
    source.read = read;
    expect(await mesh.faces()).toHaveLength(12);
  });

  it.each([4, -1, 2 ** 31 - 1])("are refused with a vertex that is not there: %d", async (vertex) => {
    const [faces, vertices] = sampleMesh(1);
    const [name, type, shape, numbers] = faces;
    const more: SampleTensor[] = [[name, type, shape, [...numbers.slice(0, 11), vertex]], vertices];
    const archive = await PoseArchive.open(watchedBytes(sampleArchive([[{ track: 1 }]], { more })));
    await expect(archive.mesh!.faces()).rejects.toBeInstanceOf(UnreadableArchive);
  });
});

describe("an archive", () => {
  const [faces, vertices] = sampleMesh(2);
  const open = (more: SampleTensor[], recipe = { mesh: true }) =>
    PoseArchive.open(watchedBytes(sampleArchive(twoIn(1), { more, recipe })));
  const shaped = ([name, type]: SampleTensor, shape: number[]): SampleTensor => [
    name,
    type,
    shape,
    new Array<number>(shape.reduce((product, extent) => product * extent, 1)).fill(0),
  ];

  it("without a mesh has none", async () => {
    expect((await open([], { mesh: false })).mesh).toBeNull();
  });

  it("may hold somebody else's tensor of one of the two names", async () => {
    for (const one of [faces, vertices, shaped(vertices, [2, 7])])
      expect((await open([one], { mesh: false })).mesh).toBeNull();
  });

  const typed = ([name, , shape, numbers]: SampleTensor, type: string): SampleTensor => [name, type, shape, numbers];
  it.each<[string, SampleTensor[]]>([
    ["no vertices", [faces]],
    ["no triangles", [vertices]],
    ["triangles of four corners", [shaped(faces, [3, 4]), vertices]],
    ["triangles in a row", [shaped(faces, [12]), vertices]],
    ["triangles of no integers", [typed(faces, "F32"), vertices]],
    ["vertices of integers", [faces, typed(vertices, "I32")]],
    ["vertices of two coordinates", [faces, shaped(vertices, [2, 4, 2])]],
    ["vertices of other people", [faces, shaped(vertices, [3, 4, 3])]],
    ["vertices of nobody in particular", [faces, shaped(vertices, [4, 3])]],
    ["no vertex in it", [faces, shaped(vertices, [2, 0, 3])]],
    ["no triangle in it", [shaped(faces, [0, 3]), vertices]],
    ["more vertices than can be shown", [faces, shaped(vertices, [2, 200_001, 3])]],
    ["more triangles than can be shown", [shaped(faces, [400_001, 3]), vertices]],
  ])("is refused when its mesh has %s", async (_, more) => {
    await expect(open(more)).rejects.toMatchObject({ name: "UnreadableArchive", kind: "broken" });
  });

  it("is refused when a tensor has no shape or no place", async () => {
    const text = new TextDecoder("latin1").decode(sampleArchive(twoIn(1), { more: [faces, vertices] }));
    for (const [from, to] of [
      ['"shape":[2,4,3]', '"shape":"2,4,3"'],
      ['"shape":[2,4,3]', '"shape":[2,4.5]'],
      [/"data_offsets":\[\d+,\d+\]\}\}/, (found: string) => found.replace(/\[.*\]/, "7").padEnd(found.length)],
    ] as [string | RegExp, string][]) {
      const changed = Uint8Array.from(text.replace(from, to), (letter) => letter.charCodeAt(0));
      await expect(PoseArchive.open(watchedBytes(changed))).rejects.toMatchObject({ kind: "broken" });
    }
  });
});
