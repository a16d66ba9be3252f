import type { Size } from "../archive/header";

/** Where a picture lies in a pane: its upper left corner, and how many pixels of the pane one of the picture's takes. */
export interface Placement {
  left: number;
  top: number;
  scaleX: number;
  scaleY: number;
}

/**
 * As `object-fit: contain` places a picture: as large as it goes, in the middle. `units` is the size in which places on
 * the picture are given, where the pane's own picture is of another.
 */
export function fitted(picture: Size, pane: Size, units: Size = picture): Placement {
  const scale = Math.min(pane.width / picture.width, pane.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: (pane.width - width) / 2,
    top: (pane.height - height) / 2,
    scaleX: width / units.width,
    scaleY: height / units.height,
  };
}

export function placed(x: number, y: number, at: Placement): [number, number] {
  return [at.left + x * at.scaleX, at.top + y * at.scaleY];
}
