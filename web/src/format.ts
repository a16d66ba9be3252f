const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat("en", { maximumFractionDigits: 2 });

export const formatCount = (count: number) => plain.format(count);

/** "12.3 MB"; 1 kB is 1000 bytes. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value < 100 ? oneDigit.format(value) : plain.format(value)} ${units[power]}`;
}

/** A length: "0:07.5", "12:04", "1:02:03". */
export function formatLength(seconds: number): string {
  const isShort = seconds < 60;
  const whole = isShort ? Math.floor(seconds * 10) / 10 : Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = isShort ? whole.toFixed(1).padStart(4, "0") : String(whole % 60).padStart(2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/** A length in a sentence: "7.5 s", "12:04". */
export function formatSpan(seconds: number): string {
  return seconds < 59.95 ? `${oneDigit.format(seconds)} s` : formatLength(Math.max(60, seconds));
}

/** How long something takes, roughly: "8 s", "3 min", "2 h 5 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 100) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 100) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "25", "29.97": frames a second. */
export const formatRate = (rate: number) => twoDigits.format(rate);

/** Work done a second: "8.3", "240". */
export const formatSpeed = (speed: number) => (speed < 100 ? oneDigit.format(speed) : plain.format(speed));

export const formatSize = (width: number, height: number) => `${width} × ${height}`;

export function formatDate(text: string): string {
  return new Date(text).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
