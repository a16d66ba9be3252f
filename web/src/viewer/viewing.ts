import { useSyncExternalStore } from "react";
import type { EstimationResponse, VideoResponse } from "../api/schema";
import type { PoseArchive } from "../archive/pose_archive";
import type { Moment, Playback } from "./playback";
import type { ShownBodies, ShownMesh } from "./shown_mesh";
import type { Shown, ShownPeople } from "./shown_people";

/** One opened result and where it is being looked at: what all parts of the page share. */
export interface Viewing {
  estimation: EstimationResponse;
  video: VideoResponse;
  archive: PoseArchive;
  playback: Playback;
  shownPeople: ShownPeople;
  /** Null where the archive has no mesh. */
  shownMesh: ShownMesh | null;
  /** The height of the floor in the space of the views. */
  floor: number;
}

/** One part of the moment; the component is drawn anew when that part changes. */
export function useMoment<Part>(playback: Playback, part: (moment: Moment) => Part): Part {
  return useSyncExternalStore(playback.subscribe, () => part(playback.moment()));
}

export function useShown(shownPeople: ShownPeople): Shown {
  return useSyncExternalStore(shownPeople.subscribe, shownPeople.current);
}

/** Null where the archive has no mesh. */
export function useBodies(shownMesh: ShownMesh | null): ShownBodies | null {
  return useSyncExternalStore(shownMesh?.subscribe ?? nothingEver, () => shownMesh?.current() ?? null);
}

const nothingEver = () => () => undefined;
