import { useSyncExternalStore } from "react";
import type { Failure } from "../api/failure";
import type { VideoResponse } from "../api/schema";
import { upload } from "./upload";

export interface Upload {
  key: number;
  file: File;
  /** Kept with the video; "" for none. */
  note: string;
  sentBytes: number;
  state:
    | { name: "waiting" }
    | { name: "sending" }
    | { name: "done"; video: VideoResponse }
    | { name: "failed"; failure: Failure };
}

const atOnce = 2;

type Send = typeof upload;

/** The files on their way to the service. They go on while other pages are looked at. */
export class Uploads {
  private list: readonly Upload[] = [];
  private readonly stops = new Map<number, () => void>();
  private readonly listeners = new Set<() => void>();
  private nextKey = 1;
  private nextNote = "";

  constructor(private readonly send: Send = upload) {}

  readonly all = () => this.list;

  /** What goes with the files that are added next. */
  readonly note = () => this.nextNote;

  setNote(note: string) {
    this.nextNote = note;
    this.tell();
  }

  readonly watch = (changed: () => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  add(files: readonly File[]) {
    const added = files.map(
      (file): Upload => ({
        key: this.nextKey++,
        file,
        note: this.nextNote.trim(),
        sentBytes: 0,
        state: { name: "waiting" },
      }),
    );
    this.nextNote = "";
    this.replace([...this.list, ...added]);
    this.sendNext();
  }

  again(key: number) {
    this.change(key, { sentBytes: 0, state: { name: "waiting" } });
    this.sendNext();
  }

  /** Takes an upload from the list; one under way is broken off. */
  remove(key: number) {
    this.stops.get(key)?.();
    this.stops.delete(key);
    this.replace(this.list.filter((upload) => upload.key !== key));
    this.sendNext();
  }

  readonly isBusy = () => this.list.some(({ state }) => state.name === "waiting" || state.name === "sending");

  private sendNext() {
    const sending = this.list.filter(({ state }) => state.name === "sending").length;
    const waiting = this.list.filter(({ state }) => state.name === "waiting");
    for (const next of waiting.slice(0, Math.max(0, atOnce - sending))) this.start(next);
  }

  private start({ key, file, note }: Upload) {
    const end = (state: Upload["state"]) => {
      this.stops.delete(key);
      this.change(key, { state });
      this.sendNext();
    };
    this.change(key, { state: { name: "sending" } });
    const stop = this.send(file, note, {
      sent: (sentBytes) => this.change(key, { sentBytes }),
      done: (video) => end({ name: "done", video }),
      failed: (failure) => end({ name: "failed", failure }),
    });
    this.stops.set(key, stop);
  }

  private change(key: number, change: Partial<Upload>) {
    this.replace(this.list.map((upload) => (upload.key === key ? { ...upload, ...change } : upload)));
  }

  private replace(list: readonly Upload[]) {
    this.list = list;
    this.tell();
  }

  private tell() {
    for (const listener of this.listeners) listener();
  }
}

export const uploads = new Uploads();

export const useUploads = () => useSyncExternalStore(uploads.watch, uploads.all);
export const useUploadNote = () => useSyncExternalStore(uploads.watch, uploads.note);

/** The browser asks before it leaves with files on their way. */
export function guardUploads() {
  window.addEventListener("beforeunload", (event) => {
    if (uploads.isBusy()) event.preventDefault();
  });
}
