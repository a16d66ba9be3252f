import type { TaskResponse } from "./schema";

export const isOpen = (task: TaskResponse) => ["PENDING", "STARTED", "RETRY"].includes(task.status);

/** Tasks by their ids, newest first; never changed, but replaced. */
export type TaskTable = readonly TaskResponse[];

/** The table with these tasks put in. News that come late, by another way, do not undo what is known already. */
export function withTasks(table: TaskTable, news: readonly TaskResponse[]): TaskTable {
  const tasks = new Map(table.map((task) => [task.task_id, task]));
  for (const task of news) {
    const known = tasks.get(task.task_id);
    if (!known || known.revision <= task.revision) tasks.set(task.task_id, task);
  }
  // Ids begin with their time (UUID version 7).
  return [...tasks.values()].sort((a, b) => (a.task_id < b.task_id ? 1 : -1));
}

/** From where the stream of events is to go on. */
export const newestRevision = (table: TaskTable) => Math.max(0, ...table.map((task) => task.revision));
