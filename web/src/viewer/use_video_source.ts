import { useEffect, useRef, useState } from "react";
import { request, videoPath } from "../api/client";
import { asFailure, isNotFound } from "../api/failure";
import { token } from "../api/token";

export type VideoState = "loading" | "ready" | "unplayable" | "away" | "gone";

const retryMilliseconds = 3000;

/**
 * Where the browser gets the video from, and what to do when it fails. A video element cannot say who it is, so that
 * for a service with a token the whole is fetched beforehand.
 */
export function useVideoSource(videoId: number) {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<VideoState>("loading");
  const [address, setAddress] = useState<string | null>(token() ? null : videoPath(videoId));

  useEffect(() => {
    if (!token()) return;
    const abort = new AbortController();
    let local: string | null = null;
    request(videoPath(videoId), { signal: abort.signal })
      .then((response) => response.blob())
      .then((blob) => setAddress((local = URL.createObjectURL(blob))))
      .catch(() => !abort.signal.aborted && setState("away"));
    return () => {
      abort.abort();
      if (local) URL.revokeObjectURL(local);
    };
  }, [videoId, round]);

  useEffect(() => {
    if (state !== "away") return;
    const retry = window.setTimeout(() => {
      setState("loading");
      setRound((count) => count + 1);
    }, retryMilliseconds);
    return () => window.clearTimeout(retry);
  }, [state]);

  /**
   * The browser does not say whether it got nothing or cannot play what it got; the service knows the first. One that is
   * back by the time it is asked has been away all the same, so that only the second failure in a row tells.
   */
  const failedBefore = useRef(false);
  const failed = () => {
    request(videoPath(videoId), { method: "HEAD" }).then(
      () => {
        setState(failedBefore.current ? "unplayable" : "away");
        failedBefore.current = true;
      },
      (thrown: unknown) => setState(isNotFound(asFailure(thrown)) ? "gone" : "away"),
    );
  };
  useEffect(() => {
    if (state === "ready") failedBefore.current = false;
  }, [state]);
  return { address, round, state, setState, failed };
}
