import { useEffect, useState } from "react";
import { request } from "./client";
import { token } from "./token";

/**
 * An address for a picture or video of the service. Elements send no token: where there is one, the bytes are fetched
 * and given an address of their own. Null: not yet there, or refused.
 */
export function useMediaUrl(path: string): string | null {
  const [url, setUrl] = useState<string | null>(() => (token() === null ? path : null));
  useEffect(() => {
    if (token() === null) return setUrl(path);
    const abort = new AbortController();
    let made: string | undefined;
    request(path, { signal: abort.signal })
      .then((response) => response.blob())
      .then((blob) => {
        if (abort.signal.aborted) return;
        made = URL.createObjectURL(blob);
        setUrl(made);
      })
      .catch(() => undefined); // the page shows what stands for the missing picture
    return () => {
      abort.abort();
      if (made) URL.revokeObjectURL(made);
    };
  }, [path]);
  return url;
}
