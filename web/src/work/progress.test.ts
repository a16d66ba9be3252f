import { expect, it } from "vitest";
import type { TaskProgress } from "../api/schema";
import { progressTexts, secondsLeft, share } from "./progress";

const now = Date.parse("2026-01-01T00:00:00Z");
const progress: TaskProgress = {
  stage: "estimate",
  unit: "frames",
  done: 1250,
  total: 5000,
  rate: 25.04,
  eta: "2026-01-01T00:02:30Z",
};

it("tells stage, frames, rate and time left", () => {
  expect(progressTexts(progress, now)).toEqual([
    "estimate",
    "1,250 of 5,000 frames",
    "25 frames a second",
    "3 min left",
  ]);
  expect(progressTexts({ ...progress, total: null, rate: null, eta: null }, now)).toEqual(["estimate", "1,250 frames"]);
  const storing: TaskProgress = {
    stage: "storing",
    unit: "bytes",
    done: 500_000,
    total: 2_000_000,
    rate: null,
    eta: null,
  };
  expect(progressTexts(storing, now)).toEqual(["storing", "500 kB of 2 MB"]);
});

it("measures the share and the time that is left", () => {
  expect(share(progress)).toBe(0.25);
  expect(share({ ...progress, done: 6000 })).toBe(1);
  expect(share({ ...progress, total: null })).toBeNull();
  expect(share(null)).toBeNull();
  expect(secondsLeft(progress, now)).toBe(150);
  expect(secondsLeft(progress, now + 1e9)).toBe(0);
});
