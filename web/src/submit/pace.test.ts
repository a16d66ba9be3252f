import { expect, it } from "vitest";
import type { EstimationResponse, TaskResponse } from "../api/schema";
import { secondsFor } from "./pace";

const run = (resource_id: number, run_seconds: number | null, change: Partial<TaskResponse> = {}) =>
  ({ kind: "estimate", status: "SUCCESS", run_seconds, result: { resource_id }, ...change }) as TaskResponse;
const made = (id: number, estimator: string, frame_count: number) =>
  ({ id, estimator, frame_count }) as EstimationResponse;

const estimations = [made(4, "full", 0), made(3, "full", 100), made(2, "lite", 100), made(1, "full", 50)];

it("goes by the longest run of the same estimator", () => {
  const tasks = [run(4, 2), run(2, 1), run(3, 4), run(1, 50)];
  expect(secondsFor(250, "full", tasks, estimations)).toBe(10);
  expect(secondsFor(250, "lite", tasks, estimations)).toBe(2.5);
});

it("says nothing where nothing is known", () => {
  expect(secondsFor(250, "heavy", [run(3, 4)], estimations)).toBeNull();
  const others = [
    run(3, null),
    run(3, 4, { status: "FAILURE" }),
    run(3, 4, { kind: "visualize" }),
    run(9, 4),
    run(3, 4, { result: null }),
  ];
  expect(secondsFor(250, "full", others, estimations)).toBeNull();
});
