import type { Person } from "../archive/pose_archive";
import type { Header } from "../archive/header";
import { colourOfTrack, colouring, css, lookOfKeypoint, opacityOfConfidence, type Looks } from "./appearance";
import { placed, type Placement } from "./placement";

/** A key point as it was put on the canvas, in its own pixels. */
export interface DrawnPoint {
  track: number;
  keypoint: number;
  x: number;
  y: number;
}

type Skeleton = Pick<Header, "keypointNames" | "keypointLinks">;

const rim = "rgb(10 14 20 / 0.75)";

/**
 * Draws people over the picture that `at` places, and says what it put where. Key points that are no numbers are left
 * out, as are the lines that would end there.
 */
export function drawPeople(
  canvas: CanvasRenderingContext2D,
  people: Person[],
  skeleton: Skeleton,
  looks: Looks,
  at: Placement,
  unit: number,
) {
  const drawn: DrawnPoint[] = [];
  for (const person of people) {
    if (looks.boxes) drawBox(canvas, person, at, unit);
    if (!looks.skeleton) continue;
    const points = placedPoints(person, at);
    drawLinks(canvas, person, points, skeleton, looks, unit);
    drawPoints(canvas, person, points, skeleton, looks, unit);
    points.forEach((point, keypoint) => {
      if (point) drawn.push({ track: person.track, keypoint, x: point[0], y: point[1] });
    });
  }
  return drawn;
}

function placedPoints(person: Person, at: Placement): ([number, number] | null)[] {
  return Array.from(person.confidence, (_, keypoint) => {
    const point = placed(person.points2d[2 * keypoint]!, person.points2d[2 * keypoint + 1]!, at);
    return point.every(Number.isFinite) ? point : null;
  });
}

function drawLinks(
  canvas: CanvasRenderingContext2D,
  person: Person,
  points: ([number, number] | null)[],
  skeleton: Skeleton,
  looks: Looks,
  unit: number,
) {
  const colours = colouring(skeleton.keypointNames, skeleton.keypointLinks, looks.colours);
  canvas.lineCap = "round";
  for (const pass of ["rim", "colour"] as const) {
    skeleton.keypointLinks.forEach(([a, b], link) => {
      const [from, to] = [points[a], points[b]];
      if (!from || !to) return;
      const confidence = Math.min(person.confidence[a]!, person.confidence[b]!);
      canvas.globalAlpha = opacityOfConfidence(confidence);
      canvas.strokeStyle = pass === "rim" ? rim : css(colours.ofLink(link, person.track));
      canvas.lineWidth = unit * (pass === "rim" ? 4.4 : 2.6);
      canvas.beginPath();
      canvas.moveTo(...from);
      canvas.lineTo(...to);
      canvas.stroke();
    });
  }
  canvas.globalAlpha = 1;
}

function drawPoints(
  canvas: CanvasRenderingContext2D,
  person: Person,
  points: ([number, number] | null)[],
  skeleton: Skeleton,
  looks: Looks,
  unit: number,
) {
  const colours = colouring(skeleton.keypointNames, skeleton.keypointLinks, looks.colours);
  points.forEach((point, keypoint) => {
    if (!point) return;
    const radius = unit * 3.4 * lookOfKeypoint(skeleton.keypointNames[keypoint]!).size;
    canvas.globalAlpha = opacityOfConfidence(person.confidence[keypoint]!);
    canvas.beginPath();
    canvas.arc(point[0], point[1], radius, 0, 2 * Math.PI);
    canvas.fillStyle = css(colours.ofPoint(keypoint, person.track));
    canvas.strokeStyle = rim;
    canvas.lineWidth = unit * 1.6;
    canvas.stroke();
    canvas.fill();
  });
  canvas.globalAlpha = 1;
}

function drawBox(canvas: CanvasRenderingContext2D, person: Person, at: Placement, unit: number) {
  const [left, top] = placed(person.box[0]!, person.box[1]!, at);
  const [right, bottom] = placed(person.box[2]!, person.box[3]!, at);
  const colour = css(colourOfTrack(person.track));
  canvas.strokeStyle = colour;
  canvas.lineWidth = unit * 1.8;
  canvas.strokeRect(left, top, right - left, bottom - top);
  const text = `${Math.round(100 * person.boxConfidence)} %`;
  canvas.font = `600 ${12 * unit}px system-ui, sans-serif`;
  const width = canvas.measureText(text).width + 10 * unit;
  canvas.fillStyle = colour;
  canvas.fillRect(left, Math.max(0, top - 18 * unit), width, 18 * unit);
  canvas.fillStyle = "rgb(10 14 20)";
  canvas.fillText(text, left + 5 * unit, Math.max(0, top - 18 * unit) + 13 * unit);
}
