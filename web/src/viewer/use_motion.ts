import { useEffect, useState } from "react";
import { Motion, type Joint } from "./measures";
import type { FrameRange } from "./time_line";
import type { Viewing } from "./viewing";

const redrawMilliseconds = 250;
const retryMilliseconds = 2000;

/**
 * Where these joints are over the range, as far as it has been read; `version` rises when there is more. A service that
 * is away is asked again.
 */
export function useMotion({ archive }: Viewing, range: FrameRange, joints: Joint[]) {
  const [state, setState] = useState<{ motion: Motion; version: number } | null>(null);
  const keypoints = [...new Set(joints.flatMap((joint) => joint.keypoints))].sort((a, b) => a - b).join(" ");
  const { first, last } = range;

  useEffect(() => {
    const abort = new AbortController();
    let retry: number | undefined;
    let told = performance.now();
    const tell = (motion: Motion) => {
      told = performance.now();
      if (!abort.signal.aborted) setState((old) => ({ motion, version: (old?.version ?? 0) + 1 }));
    };
    const read = async () => {
      const motion = new Motion({ first, last }, keypoints.split(" ").map(Number));
      try {
        await motion.fill(archive, abort.signal, () => performance.now() - told > redrawMilliseconds && tell(motion));
        tell(motion);
      } catch {
        if (!abort.signal.aborted) retry = window.setTimeout(() => void read(), retryMilliseconds);
      }
    };
    if (keypoints !== "") void read();
    return () => {
      abort.abort();
      window.clearTimeout(retry);
    };
  }, [archive, first, last, keypoints]);
  return state;
}
