import { describe, expect, it } from "vitest";
import { canShowWhole, rangeToShow, startingChoice } from "./plot_choice";
import type { Timing } from "./time_line";

const second = (frames: number): Timing => ({
  frames,
  has: () => true,
  timeUs: (frame) => frame * 1e6,
  rowsOf: () => [0, 1],
  firstOfItsTime: (frame) => frame,
  frameAt: (timeUs) => Math.min(frames - 1, Math.max(0, Math.floor(timeUs / 1e6))),
});

describe("plots", () => {
  it("show the whole of what is not too long", () => {
    expect(rangeToShow(null, 5, null, second(100))).toEqual({ first: 0, last: 99 });
    expect([20_000, 20_001].map((frames) => canShowWhole({ frames }))).toEqual([true, false]);
  });

  it("stand still until the moment leaves them", () => {
    const shown = rangeToShow(null, 50, 10, second(100));
    expect(shown).toEqual({ first: 45, last: 55 });
    expect(rangeToShow(shown, 55, 10, second(100))).toBe(shown);
    expect(rangeToShow(shown, 56, 10, second(100))).toEqual({ first: 51, last: 61 });
  });

  it("begin with joints that the skeleton has", () => {
    expect(startingChoice("height", ["nose", "left_wrist"])).toEqual(["left_wrist"]);
    expect(startingChoice("height", ["a", "b", "c"])).toEqual(["a", "b"]);
    expect(startingChoice("angle", ["nose"])).toEqual([]);
  });
});
