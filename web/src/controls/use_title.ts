import { useEffect } from "react";
import { texts } from "../texts";

/** Names the page in the browser's tab and history. */
export function useTitle(name: string) {
  useEffect(() => {
    document.title = `${name} · ${texts.product}`;
    return () => {
      document.title = texts.product;
    };
  }, [name]);
}
