/** A choice kept by this browser; null where there is none, or none that can be read. */
export function recall<Value>(name: string): Value | null {
  try {
    return JSON.parse(localStorage.getItem(`posed.${name}`) ?? "null") as Value | null;
  } catch {
    return null;
  }
}

export function remember(name: string, value: unknown) {
  try {
    localStorage.setItem(`posed.${name}`, JSON.stringify(value));
  } catch {
    // Storage is full or switched off: the next form begins as usual.
  }
}
