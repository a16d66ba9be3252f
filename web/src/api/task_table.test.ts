import { expect, it } from "vitest";
import type { TaskResponse } from "./schema";
import { newestRevision, withTasks } from "./task_table";

const task = (task_id: string, revision: number) => ({ task_id, revision }) as TaskResponse;

it("keeps the newest of each task, newest task first", () => {
  const table = withTasks([], [task("a", 1), task("c", 3), task("b", 2)]);
  expect(table.map((row) => row.task_id)).toEqual(["c", "b", "a"]);
  const later = withTasks(table, [task("a", 5), task("c", 2)]);
  expect(later.map((row) => row.revision)).toEqual([3, 2, 5]);
  expect(newestRevision(later)).toBe(5);
  expect(newestRevision([])).toBe(0);
});
