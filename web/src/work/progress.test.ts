import { expect, it } from "vitest";
import type { TaskProgress, TaskResponse } from "../api/schema";
import { lastSpeed, progressTexts, secondsLeft, share } from "./progress";

const now = Date.parse("2026-01-01T00:00:00Z");
const progress: TaskProgress = { stage: "estimate", unit: "frames", done: 1250, total: 5000, rate: 25.04, eta: "2026-01-01T00:02:30Z" };

it("tells stage, frames, rate and time left", () => {
  expect(progressTexts(progress, now)).toEqual(["estimate", "1,250 of 5,000 frames", "25 frames a second", "3 min left"]);
  expect(progressTexts({ ...progress, total: null, rate: null, eta: null }, now)).toEqual(["estimate", "1,250 frames"]);
});

it("measures the share and the time that is left", () => {
  expect(share(progress)).toBe(0.25);
  expect(share({ ...progress, done: 6000 })).toBe(1);
  expect(share({ ...progress, total: null })).toBeNull();
  expect(share(null)).toBeNull();
  expect(secondsLeft(progress, now)).toBe(150);
  expect(secondsLeft(progress, now + 1e9)).toBe(0);
});

it("knows the speed of the last run", () => {
  const task = (status: string, done: number) => ({ kind: "estimate", status, progress: { ...progress, done }, run_seconds: 10 }) as TaskResponse;
  expect(lastSpeed([task("STARTED", 10), task("SUCCESS", 300), task("SUCCESS", 100)], "estimate")).toBe(30);
  expect(lastSpeed([task("SUCCESS", 300)], "visualize")).toBeNull();
});
