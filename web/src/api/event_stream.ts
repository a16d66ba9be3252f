/** One event of a stream of Server-Sent Events. */
export interface StreamEvent {
  id: string | null;
  name: string;
  data: string;
}

/**
 * Takes the text of a stream as it comes and gives the events that it completes (WHATWG HTML, 9.2.6; the service ends
 * lines with a line feed). EventSource is not used because it sends no token.
 */
export class EventReader {
  private rest = "";

  take(text: string): StreamEvent[] {
    const blocks = (this.rest + text.replaceAll("\r\n", "\n")).split("\n\n");
    this.rest = blocks.pop() ?? "";
    return blocks.map(eventOf).filter((event) => event.data !== "");
  }
}

function eventOf(block: string): StreamEvent {
  const event: StreamEvent = { id: null, name: "message", data: "" };
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "id") event.id = value;
    else if (field === "event") event.name = value;
    else if (field === "data") data.push(value);
  }
  event.data = data.join("\n");
  return event;
}
