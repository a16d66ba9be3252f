import { type DragEvent, type ReactNode, useRef, useState } from "react";
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

const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");

/** Takes files that are dropped anywhere on the page. */
export function DropArea({ children }: { children: ReactNode }) {
  const [depth, setDepth] = useState(0);
  const enter = (event: DragEvent) => carriesFiles(event) && setDepth((count) => count + 1);
  const leave = (event: DragEvent) => carriesFiles(event) && setDepth((count) => Math.max(0, count - 1));
  const drop = (event: DragEvent) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    uploads.add([...event.dataTransfer.files]);
  };
  return (
    <div className="drop-area" onDragEnter={enter} onDragLeave={leave} onDragOver={(event) => carriesFiles(event) && event.preventDefault()} onDrop={drop}>
      {children}
      {depth > 0 && (
        <div className="drop-cover" aria-hidden="true">
          <Icon name="upload" size={40} />
          {texts.library.drop}
        </div>
      )}
    </div>
  );
}
