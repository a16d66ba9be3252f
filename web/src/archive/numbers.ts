/** Little-endian numbers out of bytes that may lie at any address. */

export function float32s(bytes: Uint8Array): Float32Array {
  return new Float32Array(copied(bytes));
}

export function int32s(bytes: Uint8Array): Int32Array {
  return new Int32Array(copied(bytes));
}

/** 64-bit integers as ordinary numbers, exact up to 2^53: times in microseconds reach that after 285 years. */
export function int64s(bytes: Uint8Array): Float64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const numbers = new Float64Array(bytes.byteLength / 8);
  for (let i = 0; i < numbers.length; ++i) {
    numbers[i] = view.getInt32(8 * i + 4, true) * 2 ** 32 + view.getUint32(8 * i, true);
  }
  return numbers;
}

/** Typed arrays want aligned memory, which a piece of a larger read need not have. */
function copied(bytes: Uint8Array): ArrayBuffer {
  const buffer = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(buffer).set(bytes);
  return buffer;
}
