import { useState } from "react";
import { listTasks } from "../api/client";
import { asFailure, type Failure } from "../api/failure";
import type { TaskResponse } from "../api/schema";
import { noteTask, useTaskNews } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { Icon } from "../controls/icon";
import { FailureNotice, Loading } from "../controls/states";
import { useTitle } from "../controls/use_title";
import { texts } from "../texts";
import { TaskRow } from "./task_row";

const olderAtOnce = 50;

/** Those that run before those that wait, which stand in the order of the queue. */
function byTurn(a: TaskResponse, b: TaskResponse): number {
  return (a.queue_position ?? 0) - (b.queue_position ?? 0);
}

function TaskList({ tasks }: { tasks: readonly TaskResponse[] }) {
  return (
    <ul className="panel tasks">
      {tasks.map((task) => (
        <TaskRow key={task.task_id} task={task} />
      ))}
    </ul>
  );
}

/** Asks for tasks that are older than those known. Offered as long as there are some. */
function Older({ known }: { known: number }) {
  const [isLast, setLast] = useState(known < olderAtOnce);
  const [failure, setFailure] = useState<Failure | null>(null);
  const ask = async () => {
    setFailure(null);
    try {
      const { items, total } = await listTasks({ skip: known, limit: olderAtOnce });
      items.forEach(noteTask);
      setLast(known + items.length >= total);
    } catch (thrown) {
      setFailure(asFailure(thrown));
    }
  };
  if (failure) return <FailureNotice failure={failure} onAgain={ask} />;
  if (isLast) return null;
  return (
    <button type="button" className="button more" onClick={ask}>
      {texts.work.older}
    </button>
  );
}

function Tasks({ tasks }: { tasks: readonly TaskResponse[] }) {
  const open = tasks.filter(isOpen).sort(byTurn);
  const finished = tasks.filter((task) => !isOpen(task));
  return (
    <>
      <section className="section">
        <h2>{texts.work.open}</h2>
        {open.length === 0 ? <p className="soft">{texts.work.noneOpen}</p> : <TaskList tasks={open} />}
      </section>
      {finished.length > 0 && (
        <section className="section">
          <h2>{texts.work.finished}</h2>
          <TaskList tasks={finished} />
          <Older known={tasks.length} />
        </section>
      )}
    </>
  );
}

export function WorkPage() {
  const { connection, tasks } = useTaskNews();
  useTitle(texts.work.title);
  return (
    <>
      <h1>{texts.work.title}</h1>
      {tasks.length > 0 && <Tasks tasks={tasks} />}
      {tasks.length === 0 && connection !== "live" && <Loading />}
      {tasks.length === 0 && connection === "live" && (
        <section className="empty">
          <Icon name="queue" size={56} />
          <h2>{texts.work.emptyTitle}</h2>
          <p>{texts.work.empty}</p>
        </section>
      )}
    </>
  );
}
