/** How people look, the same as in annotated videos (src/rendering/appearance.cpp). */
export type Rgb = readonly [number, number, number];
export type Side = "middle" | "left" | "right" | "face";

export interface PointLook {
  side: Side;
  /** Times the usual radius: points that lie close together are smaller. */
  size: number;
}

export function lookOfKeypoint(name: string): PointLook {
  const words = name.split("_");
  const has = (...those: string[]) => words.some((word) => those.includes(word));
  if (has("nose", "eye", "ear", "mouth")) return { side: "face", size: 0.62 };
  const isFoot = has("foot", "toe", "heel");
  const isFinger = !isFoot && has("thumb", "index", "middle", "ring", "pinky");
  const side = has("left") ? "left" : has("right") ? "right" : "middle";
  return { side, size: isFinger ? 0.7 : isFoot ? 0.85 : 1 };
}

const sideColours: Record<Side, Rgb> = {
  middle: [240, 244, 248],
  left: [255, 138, 31],
  right: [36, 178, 255],
  face: [206, 160, 255],
};

const trackColours: readonly Rgb[] = [
  [64, 224, 150],
  [255, 209, 64],
  [255, 105, 150],
  [96, 200, 255],
  [190, 140, 255],
  [255, 150, 70],
];

export const colourOfSide = (side: Side) => sideColours[side];

export function colourOfTrack(track: number): Rgb {
  const count = trackColours.length;
  return trackColours[((track % count) + count) % count]!;
}

/** A line belongs to the side that both its ends share, to the middle otherwise. */
export function sideOfLink(a: PointLook, b: PointLook): Side {
  return a.side === b.side ? a.side : "middle";
}

/** Fully from 0.6 on, down to 0.15 at 0.1 and below, so that a hidden joint is seen to be a guess. */
export function opacityOfConfidence(confidence: number): number {
  if (!Number.isFinite(confidence)) return 0.15;
  return Math.min(1, Math.max(0.15, 0.15 + (0.85 * (confidence - 0.1)) / 0.5));
}

export const css = ([red, green, blue]: Rgb, opacity = 1) => `rgb(${red} ${green} ${blue} / ${opacity})`;

/** What the views show and how; the visitor's choice. */
export interface Looks {
  skeleton: boolean;
  boxes: boolean;
  colours: "sides" | "people";
}

export interface Colouring {
  ofPoint(keypoint: number, track: number): Rgb;
  ofLink(link: number, track: number): Rgb;
}

/** Colours for the key points and links of one kind of skeleton. */
export function colouring(names: string[], links: [number, number][], colours: Looks["colours"]): Colouring {
  if (colours === "people")
    return { ofPoint: (_, track) => colourOfTrack(track), ofLink: (_, track) => colourOfTrack(track) };
  const looks = names.map(lookOfKeypoint);
  const ofPoints = looks.map(({ side }) => colourOfSide(side));
  const ofLinks = links.map(([a, b]) => colourOfSide(sideOfLink(looks[a]!, looks[b]!)));
  return { ofPoint: (keypoint) => ofPoints[keypoint]!, ofLink: (link) => ofLinks[link]! };
}
