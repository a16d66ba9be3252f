/** Where an archive's bytes come from. Reads are of single ranges, so that nothing but what is shown travels. */
export interface ByteSource {
  /** Of the whole, in bytes. */
  readonly size: number;
  /** The bytes from `first` up to, not including, `end`. */
  read(first: number, end: number): Promise<Uint8Array>;
}

/** Asks for one range, as the value of an HTTP Range header; throws whatever the service says of a refusal. */
export type RangeRequest = (range: string) => Promise<Response>;

/** Enough for the header and the whole of a short clip: most results open with one request. */
const openingBytes = 256 * 1024;

export async function openHttpBytes(request: RangeRequest): Promise<ByteSource> {
  const response = await request(`bytes=0-${openingBytes - 1}`);
  const opening = new Uint8Array(await response.arrayBuffer());
  const size = totalOf(response) ?? opening.length;
  return {
    size,
    async read(first, end) {
      if (end <= first) return new Uint8Array();
      if (end <= opening.length) return opening.subarray(first, end);
      return readRange(request, first, end);
    },
  };
}

async function readRange(request: RangeRequest, first: number, end: number): Promise<Uint8Array> {
  const response = await request(`bytes=${first}-${end - 1}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A proxy that knows no ranges answers with the whole.
  const piece = response.status === 206 ? bytes : bytes.subarray(first, end);
  if (piece.length !== end - first) {
    throw new Error(`bytes ${first} to ${end} were asked for, ${piece.length} came`);
  }
  return piece;
}

/** The 1234 of `Content-Range: bytes 0-99/1234`; null where the answer is the whole. */
function totalOf(response: Response): number | null {
  if (response.status !== 206) return null;
  const match = /\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
  return match ? Number(match[1]) : null;
}
