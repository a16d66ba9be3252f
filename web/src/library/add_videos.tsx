import { type RefObject, useRef } from "react";
import { TextField } from "../controls/field";
import { Icon } from "../controls/icon";
import { texts } from "../texts";
import { uploads, useUploadNote } from "./uploads";

/** The browser's choice of files. It stays while buttons that open it come and go: what is chosen would be lost with it. */
export function VideoChoice({ input }: { input: RefObject<HTMLInputElement> }) {
  const take = () => {
    uploads.add([...(input.current?.files ?? [])]);
    if (input.current) input.current.value = ""; // the same file may be chosen again
  };
  // Any file: what is a video, the service tells by its bytes.
  return <input ref={input} type="file" multiple hidden onChange={take} aria-label={texts.library.upload} />;
}

export function useVideoChoice() {
  const input = useRef<HTMLInputElement>(null);
  return { input, open: () => input.current?.click() };
}

export function AddVideos({ onOpen }: { onOpen: () => void }) {
  return (
    <button type="button" className="button button-primary" onClick={onOpen}>
      <Icon name="upload" />
      {texts.library.upload}
    </button>
  );
}

const longestNote = 512;

/** Words that go with the videos that are added next. */
export function NoteForVideos() {
  const note = useUploadNote();
  return (
    <details className="note-choice">
      <summary>{texts.library.withNote}</summary>
      <TextField
        label={texts.library.note}
        hint={texts.library.noteHint}
        value={note}
        maxLength={longestNote}
        onChange={(text) => uploads.setNote(text)}
      />
    </details>
  );
}
