import { expect, it } from "vitest";
import type { LimitsResponse, VideoResponse } from "../api/schema";
import {
  choicesFor,
  costOf,
  estimationOf,
  numberIn,
  rememberedOf,
  usualVisualization,
  visualizationOf,
  withRemembered,
} from "./choices";

const video = { id: 3, width: 720, height: 1280, fps: 29.97002997, duration_seconds: 10.2916667 } as VideoResponse;
const limits = { max_frame_rate: 1000, max_duration_seconds: 14400, max_frames: 1_000_000 } as LimitsResponse;

it("begins with the video's own size, rate and length", () => {
  const choices = choicesFor(video, limits);
  expect(choices).toMatchObject({
    width: "720",
    height: "1280",
    rate: "29.97003",
    start: "0",
    length: "10.292",
    estimator: "",
  });
  expect(costOf(choices, video)).toEqual({ frames: 308, seconds: 10.2916667, rate: 29.97003 });
});

it("stays within the limits, and begins somewhere when the file tells nothing", () => {
  expect(choicesFor({ ...video, fps: 2000 }, limits).rate).toBe("1000");
  expect(choicesFor({ ...video, fps: 100, duration_seconds: 14000 }, limits).length).toBe("10000");
  const silent = { ...video, fps: null, duration_seconds: null };
  expect(choicesFor(silent, limits)).toMatchObject({ rate: "25", length: "60" });
  expect(costOf(choicesFor(silent, limits), silent)?.frames).toBe(1500);
});

it("counts only what the video has", () => {
  const choices = choicesFor(video, limits);
  expect(costOf({ ...choices, start: "8.2916667", rate: "10" }, video)?.frames).toBe(20);
  expect(costOf({ ...choices, start: "11" }, video)?.frames).toBe(0);
  expect(costOf({ ...choices, rate: "" }, video)).toBeNull();
  expect(costOf({ ...choices, rate: "0" }, video)).toBeNull();
});

it("remembers only what was changed", () => {
  const start = choicesFor(video, limits);
  const remembered = rememberedOf({ ...start, estimator: "blazepose-heavy", rate: "10", description: "mine" }, start);
  expect(remembered).toEqual({ estimator: "blazepose-heavy", batchSize: "30", width: null, height: null, rate: "10" });
  const next = withRemembered(choicesFor({ ...video, width: 1920, fps: 50 }, limits), remembered);
  expect(next).toMatchObject({ estimator: "blazepose-heavy", width: "1920", rate: "10", description: "" });
  expect(withRemembered(start, null)).toEqual(start);
});

it("reads numbers as people write them", () => {
  expect(["12", " 29,97 ", ".5", "-3"].map(numberIn)).toEqual([12, 29.97, 0.5, -3]);
  expect(["", "x", "1e3", "1.2.3", "Infinity"].map(numberIn)).toEqual([null, null, null, null, null]);
});

it("sends every parameter, and lets the service refuse what is no number", () => {
  const choices = { ...choicesFor(video, limits), width: "wide", description: " dance " };
  expect(estimationOf(3, choices)).toEqual({
    video_id: 3,
    target_width: "wide",
    target_height: 1280,
    target_fps: 29.97003,
    skip_start_seconds: 0,
    duration_seconds: 10.292,
    batch_size: 30,
    estimator: null,
    include_mesh: false,
    description: "dance",
  });
  expect(visualizationOf({ id: 5, include_mesh: false }, { ...usualVisualization, show_mesh: true })).toEqual({
    estimation_id: 5,
    show_skeleton: true,
    show_keypoints: true,
    show_bbox: false,
    show_bbox_confidence: false,
    show_mesh: false,
    crf: 20,
    preset: "slower",
    batch_size: 30,
    description: null,
  });
  const withMesh = visualizationOf({ id: 5, include_mesh: true }, { ...usualVisualization, show_mesh: true });
  expect(withMesh.show_mesh).toBe(true);
});
