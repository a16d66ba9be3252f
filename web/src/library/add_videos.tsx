import { useRef } from "react";
import { Icon } from "../controls/icon";
import { texts } from "../texts";
import { uploads } from "./uploads";

/** A button that opens the browser's choice of files. */
export function AddVideos() {
  const input = useRef<HTMLInputElement>(null);
  const take = () => {
    uploads.add([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = ""; // the same file may be chosen again
  };
  return (
    <>
      <button type="button" className="button button-primary" onClick={() => input.current?.click()}>
        <Icon name="upload" />
        {texts.library.upload}
      </button>
      {/* Any file: what is a video, the service tells by its bytes. */}
      <input ref={input} type="file" multiple hidden onChange={take} aria-label={texts.library.upload} />
    </>
  );
}
