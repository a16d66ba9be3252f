import { expect, it } from "vitest";
import { formatBytes, formatDuration, formatLength, formatRate, formatSpan, formatSpeed } from "./format";

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1500, "1.5 kB"],
  [12_345_678, "12.3 MB"],
  [456_000_000, "456 MB"],
  [2_000_000_000_000_000, "2,000 TB"],
])("formats %d bytes", (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [0, "0:00.0"],
  [7.54, "0:07.5"],
  [59.99, "0:59.9"],
  [724, "12:04"],
  [3723, "1:02:03"],
])("formats a length of %d s", (seconds, text) => expect(formatLength(seconds)).toBe(text));

it("formats a length in a sentence", () => {
  expect([0, 8, 10.2917, 59.96, 724].map(formatSpan)).toEqual(["0 s", "8 s", "10.3 s", "1:00", "12:04"]);
});

it.each([
  [-1, "0 s"],
  [8.2, "8 s"],
  [180, "3 min"],
  [7500, "2 h 5 min"],
])("formats a duration of %d s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

it("formats rates", () => {
  expect(formatRate(29.97003)).toBe("29.97");
  expect(formatRate(25)).toBe("25");
  expect(formatSpeed(8.26)).toBe("8.3");
  expect(formatSpeed(240.4)).toBe("240");
});
