import { describe, expect, it } from "vitest";
import type { Person } from "../archive/pose_archive";
import { colouring, colourOfSide, colourOfTrack, lookOfKeypoint, opacityOfConfidence } from "./appearance";
import { drawPeople } from "./overlay";
import { fitted, placed } from "./placement";
import { floorUnder, middleOf, placeOf } from "./space";

const person = (points: [number, number][], part: Partial<Person> = {}): Person => ({
  track: 1,
  box: new Float32Array([0, 0, 10, 10]),
  boxConfidence: 0.5,
  points2d: new Float32Array(points.flat()),
  points3d: new Float32Array(points.flatMap(([x, y]) => [x, y, 0])),
  confidence: new Float32Array(points.map(() => 1)),
  root: new Float32Array([0, 0, 3]),
  ...part,
});

/** A canvas that writes down where arcs and lines are. */
function sheet() {
  const strokes: string[] = [];
  const context = {
    strokes,
    beginPath() {},
    stroke() {},
    fill() {},
    moveTo: (x: number, y: number) => strokes.push(`from ${x},${y}`),
    lineTo: (x: number, y: number) => strokes.push(`to ${x},${y}`),
    arc: (x: number, y: number) => strokes.push(`point ${x},${y}`),
  };
  return context as unknown as CanvasRenderingContext2D & { strokes: string[] };
}

describe("a picture in a pane", () => {
  it("lies in its middle, as large as it goes", () => {
    expect(fitted({ width: 200, height: 100 }, { width: 400, height: 400 })).toEqual({
      left: 0,
      top: 100,
      scaleX: 2,
      scaleY: 2,
    });
    expect(fitted({ width: 100, height: 200 }, { width: 400, height: 100 })).toEqual({
      left: 175,
      top: 0,
      scaleX: 0.5,
      scaleY: 0.5,
    });
    expect(placed(10, 20, { left: 5, top: 7, scaleX: 2, scaleY: 3 })).toEqual([25, 67]);
  });
});

describe("people on the picture", () => {
  const skeleton = {
    keypointNames: ["nose", "left_hip", "left_knee"],
    keypointLinks: [
      [0, 1],
      [1, 2],
    ] as [number, number][],
  };
  const looks = { skeleton: true, boxes: false, colours: "sides" } as const;
  const at = { left: 1, top: 2, scaleX: 2, scaleY: 2 };

  it("are drawn where their key points are", () => {
    const canvas = sheet();
    const drawn = drawPeople(
      canvas,
      [
        person([
          [0, 0],
          [10, 20],
          [30, 40],
        ]),
      ],
      skeleton,
      looks,
      at,
      1,
    );
    expect(drawn.map(({ x, y }) => [x, y])).toEqual([
      [1, 2],
      [21, 42],
      [61, 82],
    ]);
    expect(canvas.strokes.filter((stroke) => stroke.startsWith("point"))).toEqual([
      "point 1,2",
      "point 21,42",
      "point 61,82",
    ]);
    expect(canvas.strokes).toContain("to 61,82");
  });

  it("miss what has no place", () => {
    const canvas = sheet();
    const drawn = drawPeople(
      canvas,
      [
        person([
          [0, 0],
          [NaN, 20],
          [30, Infinity],
        ]),
      ],
      skeleton,
      looks,
      at,
      1,
    );
    expect(drawn.map(({ keypoint }) => keypoint)).toEqual([0]);
    expect(canvas.strokes).toEqual(["point 1,2"]);
  });
});

describe("looks", () => {
  it("tell sides and small points by name", () => {
    expect(lookOfKeypoint("left_knee")).toEqual({ side: "left", size: 1 });
    expect(lookOfKeypoint("right_index")).toEqual({ side: "right", size: 0.7 });
    expect(lookOfKeypoint("left_foot_index")).toEqual({ side: "left", size: 0.85 });
    expect(lookOfKeypoint("left_eye_inner").side).toBe("face");
  });

  it("colour by side or by person", () => {
    const names = ["left_hip", "right_hip"];
    const bySide = colouring(names, [[0, 1]], "sides");
    expect(bySide.ofPoint(0, 5)).toEqual(colourOfSide("left"));
    expect(bySide.ofLink(0, 5)).toEqual(colourOfSide("middle"));
    expect(colouring(names, [[0, 1]], "people").ofLink(0, 5)).toEqual(colourOfTrack(5));
    expect(colourOfTrack(1)).not.toEqual(colourOfTrack(2));
  });

  it("show a guess as a guess", () => {
    expect([0, 0.1, 0.6, 1].map(opacityOfConfidence)).toEqual([0.15, 0.15, 1, 1]);
    expect(opacityOfConfidence(NaN)).toBe(0.15);
  });
});

describe("space", () => {
  it("turns the camera's axes so that up is up", () => {
    expect(placeOf(person([[1, 2]]), 0)).toEqual([1, -2, -3]);
  });

  it("has its floor under the feet, whatever single frames say", () => {
    const standing = Array.from({ length: 100 }, (_, frame) => [person([[0, frame === 50 ? 9 : 1.5]])]);
    expect(floorUnder(standing, ["left_heel"])).toBeCloseTo(-1.5);
    expect(floorUnder(standing, ["nose"])).toBeNull();
    expect(floorUnder([], ["left_heel"])).toBeNull();
  });

  it("has a middle where somebody is", () => {
    expect(
      middleOf([
        person([
          [0, 0],
          [2, 2],
          [NaN, 0],
        ]),
      ]),
    ).toEqual([1, -1, -3]);
    expect(middleOf([])).toBeNull();
  });
});
