import { expect, it } from "vitest";
import { EventReader } from "./event_stream";

it("gives the same events however the text is cut", () => {
  const text = ': comment\n\nid: 7\nevent: task\ndata: {"a":1}\n\ndata: one\ndata:two\n\n';
  for (let size = 1; size <= text.length; ++size) {
    const reader = new EventReader();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...reader.take(text.slice(at, at + size)));
    expect(events).toEqual([
      { id: "7", name: "task", data: '{"a":1}' },
      { id: null, name: "message", data: "one\ntwo" },
    ]);
  }
});

it("waits for the end of an event", () => {
  const reader = new EventReader();
  expect(reader.take("id: 1\ndata: x\n")).toEqual([]);
  expect(reader.take("\n")).toEqual([{ id: "1", name: "message", data: "x" }]);
});
