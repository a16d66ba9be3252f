import { expect, it } from "vitest";
import { Away } from "../api/failure";
import type { VideoResponse } from "../api/schema";
import type { UploadEvents } from "./upload";
import { Uploads } from "./uploads";

function setUp() {
  const sent = new Map<string, UploadEvents>();
  const stopped: string[] = [];
  const notes: string[] = [];
  const uploads = new Uploads((file, note, events) => {
    sent.set(file.name, events);
    notes.push(note);
    return () => stopped.push(file.name);
  });
  const states = () => Object.fromEntries(uploads.all().map(({ file, state }) => [file.name, state.name]));
  // Node 18 has no File.
  const file = (name: string) => ({ name, size: 5 }) as File;
  return { uploads, sent, notes, stopped, states, file };
}

it("sends two at once, in the order they came", () => {
  const { uploads, sent, states, file } = setUp();
  uploads.add([file("a"), file("b"), file("c")]);
  expect(uploads.isBusy()).toBe(true);
  expect(Object.values(states()).filter((state) => state === "sending")).toHaveLength(2);
  for (const events of [...sent.values()]) events.done({ id: 1 } as VideoResponse);
  for (const events of [...sent.values()].slice(2)) events.done({ id: 2 } as VideoResponse);
  expect(states()).toEqual({ a: "done", b: "done", c: "done" });
  expect(uploads.isBusy()).toBe(false);
});

it("keeps what failed, and sends it again when asked", () => {
  const { uploads, sent, states, file } = setUp();
  uploads.add([file("a")]);
  sent.get("a")?.sent(3);
  expect(uploads.all()[0]?.sentBytes).toBe(3);
  sent.get("a")?.failed(new Away("gone"));
  expect(states()).toEqual({ a: "failed" });
  uploads.again(uploads.all()[0]?.key ?? 0);
  expect(states()).toEqual({ a: "sending" });
});

it("breaks off what is removed, and lets the next one go", () => {
  const { uploads, stopped, states, file } = setUp();
  uploads.add([file("a")]);
  uploads.add([file("b")]);
  uploads.add([file("c")]);
  const first = uploads.all().find((upload) => upload.file.name === "a");
  uploads.remove(first?.key ?? 0);
  expect(stopped).toEqual(["a"]);
  expect(states()).toEqual({ b: "sending", c: "sending" });
});

it("sends the note with what is added next, and with nothing after that", () => {
  const { uploads, sent, notes, file } = setUp();
  uploads.setNote(" left knee ");
  uploads.add([file("a"), file("b")]);
  expect(uploads.note()).toBe("");
  uploads.add([file("c")]);
  for (const events of [...sent.values()]) events.done({ id: 1 } as VideoResponse);
  expect(notes).toEqual(["left knee", "left knee", ""]);
});
