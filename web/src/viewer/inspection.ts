import type { PlacedBody } from "./body_surfaces";
import type { DrawnPoint } from "./overlay";
import type { PlacedPoint } from "./scene";

/** What the views show, in numbers: for tests, and for scripts that drive the page. */
export interface Inspection {
  /** The overlay: where which key point was drawn, in CSS pixels of the pane. */
  drawn?: () => { frame: number; points: DrawnPoint[] };
  /** The 3D view: where which key point stands, in metres. */
  standing?: () => { frame: number; points: PlacedPoint[] };
  /** The 3D view: where the vertices of whose skin stand, in metres; there while somebody's does. */
  covering?: () => { frame: number; bodies: PlacedBody[] };
}

declare global {
  interface Window {
    posedViewer?: Inspection;
  }
}

/** Until the function that it returns is called. */
export function inspect(part: Inspection): () => void {
  window.posedViewer = { ...window.posedViewer, ...part };
  return () => {
    for (const name of Object.keys(part) as (keyof Inspection)[]) delete window.posedViewer?.[name];
  };
}
