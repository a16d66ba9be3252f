import { listTasks, request } from "./client";
import { EventReader } from "./event_stream";
import { Away, Refused } from "./failure";
import type { TaskResponse, TaskStatus } from "./schema";

const listedAtOnce = 100;
/** The service says something every 15 s, so that longer silence is a connection that died unnoticed. */
const silenceMilliseconds = 40_000;
const openStates: TaskStatus[] = ["PENDING", "STARTED", "RETRY"];

/** The newest tasks, and all that are open. */
export async function currentTasks(signal: AbortSignal): Promise<TaskResponse[]> {
  const lists = [listTasks({ limit: listedAtOnce }, signal)];
  for (const state of openStates) lists.push(listTasks({ state, limit: listedAtOnce }, signal));
  return (await Promise.all(lists)).flatMap((page) => page.items);
}

/** Calls `take` with every task that changes after that revision. Ends by throwing only: Away, Refused or AbortError. */
export async function followTasks(
  revision: number,
  take: (tasks: TaskResponse[]) => void,
  signal: AbortSignal,
): Promise<never> {
  const watch = new AbortController();
  const stop = () => watch.abort();
  signal.addEventListener("abort", stop);
  let alarm = setTimeout(stop, silenceMilliseconds);
  try {
    const headers = { "Last-Event-ID": String(revision), Accept: "text/event-stream" };
    const response = await request("/tasks/events/", { headers, signal: watch.signal, cache: "no-store" });
    if (!response.body) throw new Away("the stream of events has no body");
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const events = new EventReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Away("the stream of events ended");
      clearTimeout(alarm);
      alarm = setTimeout(stop, silenceMilliseconds);
      const tasks = events.take(value).map((event) => JSON.parse(event.data) as TaskResponse);
      if (tasks.length > 0) take(tasks);
    }
  } catch (error) {
    if (signal.aborted || error instanceof Refused || error instanceof Away) throw error;
    throw new Away(String(error));
  } finally {
    clearTimeout(alarm);
    signal.removeEventListener("abort", stop);
    watch.abort();
  }
}
