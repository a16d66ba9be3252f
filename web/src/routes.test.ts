import { describe, expect, it } from "vitest";
import { parsePlace, videoAddress, viewerAddress, workAddress } from "./routes";

describe("parsePlace", () => {
  it.each([
    ["", { page: "library" }],
    ["#/", { page: "library" }],
    ["#/videos", { page: "library" }],
    ["#/videos/3", { page: "video", videoId: 3 }],
    ["#/videos/3/", { page: "video", videoId: 3 }],
    ["#/tasks", { page: "work" }],
    ["#/estimations/5", { page: "viewer", estimationId: 5, frame: null }],
    ["#/estimations/5?frame=120", { page: "viewer", estimationId: 5, frame: 120 }],
    ["#/estimations/5?frame=-1", { page: "viewer", estimationId: 5, frame: null }],
    ["#/estimations/0", { page: "unknown" }],
    ["#/videos/x", { page: "unknown" }],
    ["#/videos/3/4", { page: "unknown" }],
    ["#/nowhere", { page: "unknown" }],
  ])("reads %s", (hash, place) => expect(parsePlace(hash)).toEqual(place));

  it("reads back the addresses that pages link to", () => {
    expect(parsePlace(videoAddress(7))).toEqual({ page: "video", videoId: 7 });
    expect(parsePlace(workAddress)).toEqual({ page: "work" });
    expect(parsePlace(viewerAddress(7, 0))).toEqual({ page: "viewer", estimationId: 7, frame: 0 });
  });
});
