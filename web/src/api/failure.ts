import type { Problem } from "./schema";

/** Why a request led to nothing: the service refused it and says why, or it gave no answer at all. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
  }
}

export class Away extends Error {}

export type Failure = Refused | Away;

export const isNotFound = (failure: Failure) =>
  failure instanceof Refused && [404, 410].includes(failure.problem.status);

/** Whether the same request may do better a little later. */
export const isPassing = (failure: Failure) => failure instanceof Away || failure.problem.status === 503;

function isProblem(value: unknown): value is Problem {
  return typeof value === "object" && value !== null && "detail" in value && "code" in value;
}

/**
 * The failure that an answer tells of. What is no problem of the service comes from something between it and us
 * (a proxy while it restarts), so that it counts as away.
 */
export function failureOf(status: number, body: string): Failure {
  try {
    const value: unknown = JSON.parse(body);
    if (isProblem(value)) return new Refused({ ...value, status });
  } catch {
    // Not JSON: as below.
  }
  return new Away(`answer ${status}`);
}

/** Anything thrown by a request as a failure. A bug of ours stays what it is. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Refused || thrown instanceof Away) return thrown;
  throw thrown;
}
