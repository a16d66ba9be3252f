import { useCallback, useEffect, useRef, useState } from "react";
import { asFailure, type Failure, isPassing } from "./failure";
import { watchToken } from "./token";

export type Loaded<Value> =
  | { state: "loading" }
  | { state: "loaded"; value: Value }
  | { state: "failed"; failure: Failure };

const retryMilliseconds = 3000;

/**
 * What `load` gives for this key, loaded again by `reload`, by a new key, when the token changes, and by itself as long
 * as the service is away. What was there stays to be seen while the same key is loaded again; with `keeps`, while another
 * key is loaded too.
 */
export function useLoaded<Value>(key: string, load: (signal: AbortSignal) => Promise<Value>, keeps = false) {
  const [entry, setEntry] = useState<{ key: string; loaded: Loaded<Value> }>({ key, loaded: { state: "loading" } });
  const [round, setRound] = useState(0);
  const latestLoad = useRef(load);
  latestLoad.current = load;
  const reload = useCallback(() => setRound((count) => count + 1), []);

  useEffect(() => {
    const abort = new AbortController();
    let retry: number | undefined;
    const fail = (thrown: unknown) => {
      if (abort.signal.aborted) return;
      const failure = asFailure(thrown);
      setEntry({ key, loaded: { state: "failed", failure } });
      if (isPassing(failure)) retry = window.setTimeout(reload, retryMilliseconds);
    };
    latestLoad.current(abort.signal).then((value) => {
      if (!abort.signal.aborted) setEntry({ key, loaded: { state: "loaded", value } });
    }, fail);
    const unwatch = watchToken(reload);
    return () => {
      abort.abort();
      window.clearTimeout(retry);
      unwatch();
    };
  }, [key, round, reload]);

  const isShown = entry.key === key || (keeps && entry.loaded.state === "loaded");
  const loaded: Loaded<Value> = isShown ? entry.loaded : { state: "loading" };
  return { loaded, reload };
}
