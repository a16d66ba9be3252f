import type { EstimationResponse, TaskResponse } from "../api/schema";

/**
 * How many seconds so many frames take with this estimator, going by its latest run here; null as long as there is none.
 * Tasks stand newest first.
 */
export function secondsFor(
  frames: number,
  estimator: string,
  tasks: readonly TaskResponse[],
  estimations: readonly EstimationResponse[],
): number | null {
  for (const { kind, status, run_seconds, result } of tasks) {
    if (kind !== "estimate" || status !== "SUCCESS" || run_seconds === null) continue;
    const made = estimations.find(({ id }) => id === result?.resource_id);
    if (made?.estimator === estimator && made.frame_count > 0) return (frames * run_seconds) / made.frame_count;
  }
  return null;
}
