import { useSyncExternalStore } from "react";
import type { TaskResponse } from "./schema";
import { currentTasks, followTasks } from "./task_source";
import { newestRevision, type TaskTable, withTasks } from "./task_table";
import { watchToken } from "./token";

/** What all tabs know of the tasks, and whether the service answers. */
export interface TaskNews {
  connection: "connecting" | "live" | "away";
  tasks: TaskTable;
}

type Message = { kind: "hello" } | { kind: "news"; connection: TaskNews["connection"]; tasks: readonly TaskResponse[] };

const channelName = "posed.tasks";
const retryMilliseconds = 1000;

let news: TaskNews = { connection: "connecting", tasks: [] };
let isLeader = false;
const listeners = new Set<() => void>();
const channel = new BroadcastChannel(channelName);

function tell(connection: TaskNews["connection"], tasks: readonly TaskResponse[]) {
  if (connection === news.connection && tasks.length === 0) return;
  news = { connection, tasks: withTasks(news.tasks, tasks) };
  for (const listener of listeners) listener();
}

function tellAll(connection: TaskNews["connection"], tasks: readonly TaskResponse[]) {
  tell(connection, tasks);
  channel.postMessage({ kind: "news", connection, tasks } satisfies Message);
}

function receive({ data: message }: MessageEvent<Message>) {
  if (message.kind === "news") tell(message.connection, message.tasks);
  else if (isLeader) channel.postMessage({ kind: "news", ...news } satisfies Message);
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => {
    const unwatch = watchToken(() => done());
    const timer = setTimeout(() => done(), milliseconds);
    const done = () => {
      clearTimeout(timer);
      unwatch();
      resolve();
    };
  });

/** Lists the tasks and follows them, again and again, as long as this tab leads. */
async function lead(signal: AbortSignal) {
  isLeader = true;
  while (!signal.aborted) {
    try {
      const tasks = await currentTasks(signal);
      tellAll("live", tasks);
      await followTasks(newestRevision(tasks), (changed) => tellAll("live", changed), signal);
    } catch {
      // Whatever the reason, to ask again is all that can be done; the pages say what the service refuses.
      if (signal.aborted) return;
      tellAll("away", []);
      await pause(retryMilliseconds);
    }
  }
}

/**
 * Begins to follow the tasks. One tab of a browser leads: it alone holds a connection and tells the others; when it
 * goes, the next one leads. Where there are no locks (plain HTTP from another machine), each tab leads.
 */
export function startTaskFeed() {
  const abort = new AbortController();
  channel.addEventListener("message", receive);
  channel.postMessage({ kind: "hello" } satisfies Message);
  window.addEventListener("pagehide", () => abort.abort(), { once: true });
  // A page that comes back from the browser's memory of past pages has stopped listening.
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  if (!navigator.locks) return void lead(abort.signal);
  navigator.locks.request(channelName, { signal: abort.signal }, () => lead(abort.signal)).catch(() => undefined);
}

/** Puts in what an answer told, ahead of the stream. */
export function noteTask(task: TaskResponse) {
  tell(news.connection, [task]);
}

function watch(changed: () => void) {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export const useTaskNews = () => useSyncExternalStore(watch, () => news);
