import { useSyncExternalStore } from "react";

/** Where the visitor is, as written after the # of the address. */
export type Place =
  | { page: "library" }
  | { page: "video"; videoId: number }
  | { page: "work" }
  | { page: "viewer"; estimationId: number; frame: number | null }
  | { page: "unknown" };

function parseNumber(text: string | undefined, smallest: number): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  const number = Number(text);
  return number >= smallest ? number : null;
}

export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split("?", 2);
  const [page = "", id, ...rest] = path.split("/").filter((part) => part !== "");
  const number = parseNumber(id, 1);
  if (rest.length > 0) return { page: "unknown" };
  if (page === "" || (page === "videos" && id === undefined)) return { page: "library" };
  if (page === "tasks" && id === undefined) return { page: "work" };
  if (page === "videos" && number !== null) return { page: "video", videoId: number };
  if (page === "estimations" && number !== null) {
    const frame = parseNumber(new URLSearchParams(query).get("frame") ?? undefined, 0);
    return { page: "viewer", estimationId: number, frame };
  }
  return { page: "unknown" };
}

export const libraryAddress = "#/";
export const workAddress = "#/tasks";
export const videoAddress = (videoId: number) => `#/videos/${videoId}`;
export const viewerAddress = (estimationId: number, frame?: number) =>
  `#/estimations/${estimationId}${frame === undefined ? "" : `?frame=${frame}`}`;

export function goTo(address: string) {
  window.location.hash = address;
}

/** The place of the address bar; the component is drawn anew when it changes. */
export function usePlace(): Place {
  const hash = useSyncExternalStore(
    (changed) => {
      window.addEventListener("hashchange", changed);
      return () => window.removeEventListener("hashchange", changed);
    },
    () => window.location.hash,
  );
  return parsePlace(hash);
}
