import { useEffect, useState } from "react";
import { findVideo } from "./client";
import { isNotFound, Refused } from "./failure";
import type { VideoResponse } from "./schema";

const asked = new Map<number, Promise<VideoResponse | null>>();

async function ask(id: number): Promise<VideoResponse | null> {
  try {
    return await findVideo(id);
  } catch (error) {
    if (error instanceof Refused && isNotFound(error)) return null;
    asked.delete(id); // to be asked again: the service was away
    throw error;
  }
}

/** A video that many rows name, asked for once. Undefined: not known yet; null: it is gone. */
export function useVideo(id: number | null): VideoResponse | null | undefined {
  const [video, setVideo] = useState<VideoResponse | null | undefined>(id === null ? null : undefined);
  useEffect(() => {
    if (id === null) return setVideo(null);
    let isWanted = true;
    const answer = asked.get(id) ?? ask(id);
    asked.set(id, answer);
    answer.then(
      (found) => isWanted && setVideo(found),
      () => undefined, // the name stays open until the row is drawn anew
    );
    return () => {
      isWanted = false;
    };
  }, [id]);
  return video;
}

/** A deleted video's name is not to be shown any more. */
export const forgetVideo = (id: number) => asked.set(id, Promise.resolve(null));
