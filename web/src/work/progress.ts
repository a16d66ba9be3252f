import type { TaskProgress } from "../api/schema";
import { formatBytes, formatCount, formatDuration, formatSpeed } from "../format";
import { texts } from "../texts";

/** How much of the work is done, 0 to 1; null when nobody can tell. */
export function share(progress: TaskProgress | null): number | null {
  if (!progress?.total) return null;
  return Math.min(1, progress.done / progress.total);
}

export function secondsLeft(progress: TaskProgress | null, now: number): number | null {
  return progress?.eta ? Math.max(0, (Date.parse(progress.eta) - now) / 1000) : null;
}

function framesDone({ unit, done, total, rate }: TaskProgress): string[] {
  const counted = texts.work.done(formatCount(done), total === null ? null : formatCount(total), unit);
  return rate === null ? [counted] : [counted, texts.work.rate(formatSpeed(rate), unit)];
}

function bytesDone({ done, total }: TaskProgress): string[] {
  return [total === null ? formatBytes(done) : texts.uploads.progress(formatBytes(done), formatBytes(total))];
}

/** What a running task is at, as short texts: stage, frames, rate, time left. */
export function progressTexts(progress: TaskProgress, now: number): string[] {
  const { stage, unit } = progress;
  const left = secondsLeft(progress, now);
  const all = [
    stage,
    ...(unit === "bytes" ? bytesDone(progress) : framesDone(progress)),
    left === null ? null : texts.work.left(formatDuration(left)),
  ];
  return all.filter((text) => text !== null);
}
