import { useState } from "react";
import { asFailure, type Failure, Refused } from "../api/failure";
import type { TaskResponse } from "../api/schema";
import { noteTask, useTaskNews } from "../api/task_feed";

/** What the service says about each field, by the field's name. */
function fieldErrors(failure: Failure | null): Record<string, string> {
  if (!(failure instanceof Refused)) return {};
  return Object.fromEntries(
    failure.problem.errors.map(({ pointer, message }) => [pointer.replace(/^\//, ""), message]),
  );
}

/** Sends a form: whether it is under way, what came of it, and what is wrong with its fields. */
export function useSubmit(send: () => Promise<TaskResponse>) {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [answer, setAnswer] = useState<TaskResponse | null>(null);
  const { tasks } = useTaskNews();
  const submit = async () => {
    setSending(true);
    setFailure(null);
    setAnswer(null);
    try {
      const taken = await send();
      noteTask(taken);
      setAnswer(taken);
    } catch (thrown) {
      setFailure(asFailure(thrown));
    } finally {
      setSending(false);
    }
  };
  // As far as it is by now.
  const task = tasks.find(({ task_id }) => task_id === answer?.task_id) ?? answer;
  return { submit, isSending, failure, task, errors: fieldErrors(failure) };
}
