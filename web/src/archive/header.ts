import type { ByteSource } from "./byte_source";

/** The form of an archive that this page reads; docs/archive.md. */
export const knownSchema = "posed.archive/1";

/** Why an archive cannot be shown: written by another version, or damaged. */
export class UnreadableArchive extends Error {
  constructor(
    readonly kind: "other_schema" | "broken",
    reason: string,
  ) {
    super(reason);
    this.name = "UnreadableArchive";
  }
}

export interface Size {
  width: number;
  height: number;
}

export interface Tensor {
  dtype: string;
  shape: number[];
  /** In the file. */
  first: number;
}

/** What is the same for all frames of an archive. */
export interface Header {
  frames: number;
  personFrames: number;
  /** The source's picture as it is to be seen; 2D key points are in its pixels. */
  displayed: Size;
  keypointNames: string[];
  keypointLinks: [number, number][];
  estimator: string;
  lostFrames: number;
  /** Null where the archive holds no body's surface. */
  mesh: MeshCounts | null;
  tensors: ReadonlyMap<TensorName, Tensor>;
}

export interface MeshCounts {
  /** Of one body. */
  vertices: number;
  triangles: number;
}

type TensorName = keyof typeof layouts | "faces" | "vertices";

const most: MeshCounts = { vertices: 200_000, triangles: 400_000 };

const wordBytes: Record<string, number> = { I64: 8, I32: 4, F32: 4 };
const greatestHeader = 1024 * 1024;

/** The tensors that are read here: type and shape for T frames, N person-frames, K key points. */
const layouts = {
  frame_pts_us: (t: number) => ["I64", t],
  frame_rows: (t: number) => ["I64", t + 1],
  track_id: (_t: number, n: number) => ["I32", n],
  bbox_xyxy: (_t: number, n: number) => ["F32", n, 4],
  bbox_confidence: (_t: number, n: number) => ["F32", n],
  keypoints_2d: (_t: number, n: number, k: number) => ["F32", n, k, 2],
  keypoints_3d: (_t: number, n: number, k: number) => ["F32", n, k, 3],
  keypoints_confidence: (_t: number, n: number, k: number) => ["F32", n, k],
  root_translation: (_t: number, n: number) => ["F32", n, 3],
} satisfies Record<string, (t: number, n: number, k: number) => (string | number)[]>;

export async function readHeader(source: ByteSource): Promise<Header> {
  if (source.size < 8) throw broken("it has no header");
  const prefix = await source.read(0, 8);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true));
  if (length > greatestHeader || 8 + length > source.size) throw broken(`its header is said to have ${length} bytes`);
  return parseHeader(await source.read(8, 8 + length), source.size);
}

function parseHeader(bytes: Uint8Array, fileSize: number): Header {
  const json = parsed(new TextDecoder().decode(bytes), "the header");
  const metadata = json.__metadata__ as Record<string, string> | undefined;
  if (metadata?.schema !== knownSchema) {
    throw new UnreadableArchive("other_schema", `it is written as ${metadata?.schema ?? "something unknown"}`);
  }
  const text = (key: string) => parsed(metadata[key] ?? "", key);
  const names = text("keypoint_names") as unknown as string[];
  const frames = count(text("frames"), "frames");
  const personFrames = count(text("person_frames"), "person_frames");
  const recipe = text("recipe");
  const mesh = meshOf(json, recipe.mesh === true);
  const wanted = { ...layoutsFor(frames, personFrames, names.length), ...meshLayouts(mesh, personFrames) };
  return {
    frames,
    personFrames,
    displayed: text("source").displayed as Size,
    keypointNames: names,
    keypointLinks: linksOf(text("keypoint_links"), names.length),
    estimator: String(recipe.estimator),
    lostFrames: Number((text("lost_frames") as { count?: number }).count ?? 0),
    mesh,
    tensors: tensorsOf(json, 8 + bytes.length, fileSize, wanted),
  };
}

type Layouts = Partial<Record<TensorName, (string | number)[]>>;

function layoutsFor(...counts: [frames: number, personFrames: number, keypoints: number]): Layouts {
  const names = Object.keys(layouts) as (keyof typeof layouts)[];
  return Object.fromEntries(names.map((name) => [name, layouts[name](...counts)]));
}

function meshLayouts(mesh: MeshCounts | null, personFrames: number): Layouts {
  if (!mesh) return {};
  return { faces: ["I32", mesh.triangles, 3], vertices: ["F32", personFrames, mesh.vertices, 3] };
}

/** One tensor without the other is an estimator's own, unless the archive says that it has a mesh. */
function meshOf(json: Json, isSaid: boolean): MeshCounts | null {
  const [faces, vertices] = [entryOf(json, "faces"), entryOf(json, "vertices")];
  if (!faces || !vertices) {
    if (isSaid && (faces || vertices))
      throw broken(`it is said to have a mesh, but ${faces ? "vertices" : "faces"} is missing`);
    return null;
  }
  const mesh = { vertices: Number(vertices.shape[1]), triangles: Number(faces.shape[0]) };
  for (const part of ["vertices", "triangles"] as const) {
    if (!(mesh[part] >= 1 && mesh[part] <= most[part]))
      throw broken(`its mesh has ${mesh[part]} ${part}; 1 to ${most[part]} can be shown`);
  }
  return mesh;
}

function tensorsOf(json: Json, dataStart: number, fileSize: number, wanted: Layouts) {
  const tensors = new Map<TensorName, Tensor>();
  for (const name of Object.keys(wanted) as TensorName[]) {
    const entry = entryOf(json, name);
    if (!entry) throw broken(`${name} is missing`);
    const found = [entry.dtype, ...entry.shape];
    if (String(wanted[name]) !== String(found))
      throw broken(`${name} is ${found.join(" x ")}, not ${wanted[name]!.join(" x ")}`);
    const bytes = entry.shape.reduce((product, extent) => product * extent, wordBytes[entry.dtype]!);
    const [first, end] = entry.data_offsets as [number, number];
    if (!(first >= 0 && end - first === bytes && dataStart + end <= fileSize))
      throw broken(`${name} does not lie in the file`);
    tensors.set(name, { dtype: entry.dtype, shape: entry.shape, first: dataStart + first });
  }
  return tensors;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

/** What the header says of a tensor: a type, and whole numbers. */
function entryOf(json: Json, name: string): Entry | null {
  const entry = json[name] as Entry | undefined;
  if (entry === undefined) return null;
  const areCounts = (value: unknown) => Array.isArray(value) && value.every((number) => Number.isSafeInteger(number));
  if (!areCounts(entry?.shape) || !areCounts(entry.data_offsets)) throw broken(`${name} has no shape or no place`);
  return entry;
}

function linksOf(value: unknown, keypoints: number): [number, number][] {
  const links = value as [number, number][];
  const inside = (index: number) => Number.isInteger(index) && index >= 0 && index < keypoints;
  if (!links.every(([a, b]) => inside(a) && inside(b))) throw broken("a link joins key points that are not there");
  return links;
}

function count(value: unknown, name: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw broken(`${name} is no count`);
  return value as number;
}

type Json = Record<string, unknown>;

function parsed(text: string, name: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw broken(`${name} is not JSON`);
  }
}

function broken(reason: string): UnreadableArchive {
  return new UnreadableArchive("broken", reason);
}

/** The rows `from` up to, not including, `to` of a tensor. */
export async function readRows(source: ByteSource, header: Header, name: TensorName, from: number, to: number) {
  const tensor = header.tensors.get(name)!;
  const rowBytes = tensor.shape.slice(1).reduce((product, extent) => product * extent, wordBytes[tensor.dtype]!);
  return source.read(tensor.first + from * rowBytes, tensor.first + to * rowBytes);
}
