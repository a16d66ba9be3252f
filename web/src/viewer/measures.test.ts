import { describe, expect, it } from "vitest";
import { PoseArchive } from "../archive/pose_archive";
import { sampleArchive, watchedBytes } from "../archive/sample_archive";
import { jointsFor, measured, Motion } from "./measures";

function motionOf(places: (number[] | null)[], range = { first: 0, last: places.length - 1 }): Motion {
  const motion = new Motion(range, [0, 1, 2]);
  places.forEach((place, at) => {
    motion.seconds[at] = at / 10;
    if (place) motion.add(1, at, (keypoint) => place.slice(3 * keypoint, 3 * keypoint + 3));
  });
  return motion;
}

describe("measures", () => {
  it("give heights above the floor, none where nobody is", () => {
    const heights = measured(
      motionOf([[0, 1.5, 0], null, [0, 1, 0]]),
      "height",
      { name: "nose", keypoints: [0] },
      1,
      -0.5,
    );
    expect(heights).toEqual([2, null, 1.5]);
  });

  it("give speeds in metres a second", () => {
    const speeds = measured(
      motionOf([
        [0, 0, 0],
        [0, 0.2, 0],
        [0, 0.4, 0],
      ]),
      "speed",
      { name: "nose", keypoints: [0] },
      1,
      0,
    );
    for (const speed of speeds) expect(speed).toBeCloseTo(2);
  });

  it("give the angle of a joint in degrees", () => {
    const bent = [1, 0, 0, 0, 0, 0, 0, 1, 0];
    const straight = [1, 0, 0, 0, 0, 0, -1, 0, 0];
    const angles = measured(
      motionOf([bent, straight, [0, 0, 0, 0, 0, 0, 0, 0, 0]]),
      "angle",
      { name: "knee", keypoints: [0, 1, 2] },
      1,
      0,
    );
    expect(angles[0]).toBeCloseTo(90);
    expect(angles[1]).toBeCloseTo(180);
    expect(angles[2]).toBeNull();
  });

  it("offer only angles whose three key points are there", () => {
    const names = ["left_shoulder", "left_elbow", "left_wrist", "left_hip"];
    expect(jointsFor("angle", names)).toEqual([
      { name: "left_elbow", keypoints: [0, 1, 2] },
      { name: "left_shoulder", keypoints: [1, 0, 3] },
    ]);
    expect(jointsFor("height", names)).toHaveLength(4);
  });

  it("are read from the archive, longest seen first", async () => {
    const frames = [[{ track: 4 }, { track: 7, root: [0, -2, 5] as [number, number, number] }], [{ track: 7 }], []];
    const archive = await PoseArchive.open(watchedBytes(sampleArchive(frames)));
    const motion = new Motion({ first: 0, last: 2 }, [0]);
    await motion.fill(archive, new AbortController().signal, () => undefined);
    expect(motion.tracks()).toEqual([7, 4]);
    expect(measured(motion, "height", { name: "nose", keypoints: [0] }, 7, -1)).toEqual([3, 1, null]);
    expect([...motion.seconds]).toEqual([0, 0.04, 0.08]);
  });
});
