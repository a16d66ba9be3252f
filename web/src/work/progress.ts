import type { TaskProgress, TaskResponse } from "../api/schema";
import { formatCount, formatDuration, formatSpeed } from "../format";
import { texts } from "../texts";

/** How much of the work is done, 0 to 1; null when nobody can tell. */
export function share(progress: TaskProgress | null): number | null {
  if (!progress?.total) return null;
  return Math.min(1, progress.done / progress.total);
}

export function secondsLeft(progress: TaskProgress | null, now: number): number | null {
  return progress?.eta ? Math.max(0, (Date.parse(progress.eta) - now) / 1000) : null;
}

/** What a running task is at, as short texts: stage, frames, rate, time left. */
export function progressTexts(progress: TaskProgress, now: number): string[] {
  const { stage, unit, done, total, rate } = progress;
  const left = secondsLeft(progress, now);
  const all = [
    stage,
    texts.work.done(formatCount(done), total === null ? null : formatCount(total), unit),
    rate === null ? null : texts.work.rate(formatSpeed(rate), unit),
    left === null ? null : texts.work.left(formatDuration(left)),
  ];
  return all.filter((text) => text !== null);
}

/** Units a second of the newest finished run of that kind among these tasks, newest first; null: there is none. */
export function lastSpeed(tasks: readonly TaskResponse[], kind: string): number | null {
  for (const { kind: itsKind, status, progress, run_seconds } of tasks)
    if (itsKind === kind && status === "SUCCESS" && progress && progress.done > 0 && run_seconds) return progress.done / run_seconds;
  return null;
}
