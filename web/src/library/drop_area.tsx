import { type DragEvent, type ReactNode, useState } from "react";
import { Icon } from "../controls/icon";
import { goTo, libraryAddress } from "../routes";
import { texts } from "../texts";
import { uploads } from "./uploads";
import "./library.css";

const carriesFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");

/** Takes files that are dropped anywhere, and shows them on their way. */
export function DropArea({ children }: { children: ReactNode }) {
  const [depth, setDepth] = useState(0);
  const enter = (event: DragEvent) => carriesFiles(event) && setDepth((count) => count + 1);
  const leave = (event: DragEvent) => carriesFiles(event) && setDepth((count) => Math.max(0, count - 1));
  const drop = (event: DragEvent) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    uploads.add([...event.dataTransfer.files]);
    goTo(libraryAddress);
  };
  return (
    <div
      className="drop-area"
      onDragEnter={enter}
      onDragLeave={leave}
      onDragOver={(event) => carriesFiles(event) && event.preventDefault()}
      onDrop={drop}
    >
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
