import { useEffect, useState } from "react";

/** Shorter waits are over before anybody has read of them. */
const unnoticedMilliseconds = 600;

/** Whether the browser waits for bytes of the video, at rest or while it plays. */
export function useWaiting(video: HTMLVideoElement | null): boolean {
  const [isWaiting, setWaiting] = useState(false);
  useEffect(() => {
    if (!video) return;
    let timer: number | undefined;
    const goOn = () => {
      window.clearTimeout(timer);
      setWaiting(false);
    };
    const wait = () => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => setWaiting(true), unnoticedMilliseconds);
    };
    const begins = ["waiting", "seeking"];
    const ends = ["playing", "seeked", "canplay", "error"];
    for (const name of begins) video.addEventListener(name, wait);
    for (const name of ends) video.addEventListener(name, goOn);
    return () => {
      goOn();
      for (const name of begins) video.removeEventListener(name, wait);
      for (const name of ends) video.removeEventListener(name, goOn);
    };
  }, [video]);
  return isWaiting;
}
