import type { EstimationResponse, TaskResponse } from "../api/schema";

/**
 * How many seconds so many frames take with this estimator, going by its longest run here, in which starting counts
 * least; null as long as there is none.
 */
export function secondsFor(
  frames: number,
  estimator: string,
  tasks: readonly TaskResponse[],
  estimations: readonly EstimationResponse[],
): number | null {
  let longest = 0;
  let seconds = 0;
  for (const { kind, status, run_seconds, result } of tasks) {
    if (kind !== "estimate" || status !== "SUCCESS" || run_seconds === null) continue;
    const made = estimations.find(({ id }) => id === result?.resource_id);
    if (made?.estimator !== estimator || made.frame_count <= longest) continue;
    longest = made.frame_count;
    seconds = run_seconds;
  }
  return longest === 0 ? null : (frames * seconds) / longest;
}
