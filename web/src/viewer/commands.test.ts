import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { EstimationResponse, VideoResponse } from "../api/schema";
import { commandsFor, quoted } from "./commands";

describe("commands", () => {
  it("reach the shell as one word, whatever the name", () => {
    for (const name of ["clip.mp4", "it's; rm -rf $HOME `x`.mp4", "two words.mov"]) {
      expect(execFileSync("sh", ["-c", `printf %s ${quoted(name)}`], { encoding: "utf8" })).toBe(name);
    }
  });

  it("ask for exactly what was asked for", () => {
    const estimation = {
      id: 5,
      requested_width: 1280,
      requested_height: 720,
      requested_fps: 25,
      skip_start_seconds: 1,
      duration_seconds: 9,
      estimator: "blazepose-full",
    };
    const text = commandsFor(
      "http://127.0.0.1:8000",
      { id: 3, filename: "my clip.mp4" } as VideoResponse,
      estimation as EstimationResponse,
    );
    expect(text).toContain("api=http://127.0.0.1:8000\n");
    expect(text).toContain("-F file=@'my clip.mp4' $api/videos/ingest/");
    expect(text).toContain(
      '"video_id":3,"target_width":1280,"target_height":720,"target_fps":25,"skip_start_seconds":1,"duration_seconds":9',
    );
    expect(text).toContain("$api/estimations/download/5/");
  });
});
