import { useCallback, useEffect, useRef, useState } from "react";
import { listVisualizations, request, submitVisualization } from "../api/client";
import { asFailure, isPassing, Refused, type Failure } from "../api/failure";
import type { Problem, TaskResponse } from "../api/schema";

type State =
  | { kind: "unknown" }
  | { kind: "none" }
  | { kind: "drawing"; percent: number | null }
  | { kind: "there"; id: number };

const lookMilliseconds = 1000;

/** Whether there is an annotated video of this result; has one drawn, and follows that. */
export function useAnnotatedVideo(estimationId: number) {
  const [state, setState] = useState<State>({ kind: "unknown" });
  const [failure, setFailure] = useState<Failure | null>(null);
  const timer = useRef<number>(undefined);
  const isOver = useRef(false);

  const fail = useCallback((thrown: unknown) => {
    if (isOver.current) return;
    setFailure(asFailure(thrown));
    setState({ kind: "none" });
  }, []);

  const follow = useCallback(
    (task: TaskResponse) => {
      if (isOver.current) return;
      const end = endOf(task);
      if (end instanceof Refused) return fail(end);
      setState(end);
      if (end.kind !== "drawing") return;
      timer.current = window.setTimeout(() => {
        readTask(task.task_id).then(follow, (thrown: unknown) =>
          isPassing(asFailure(thrown)) ? follow(task) : fail(thrown),
        );
      }, lookMilliseconds);
    },
    [fail],
  );

  useEffect(() => {
    isOver.current = false;
    const abort = new AbortController();
    listVisualizations({ estimation_id: estimationId, limit: 1 }, abort.signal).then(
      ({ items }) => setState(items[0] ? { kind: "there", id: items[0].id } : { kind: "none" }),
      (thrown: unknown) => !abort.signal.aborted && fail(thrown),
    );
    return () => {
      isOver.current = true;
      abort.abort();
      window.clearTimeout(timer.current);
    };
  }, [estimationId, fail]);

  const draw = useCallback(() => {
    setFailure(null);
    setState({ kind: "drawing", percent: null });
    submitVisualization({ estimation_id: estimationId, preset: "fast" }).then(follow, fail);
  }, [estimationId, follow, fail]);
  return { state, failure, draw };
}

const readTask = async (id: string) => (await (await request(`/tasks/${id}/`)).json()) as TaskResponse;

function endOf({ status, result, progress, error }: TaskResponse): State | Refused {
  if (status === "SUCCESS" && result && !result.deleted) return { kind: "there", id: result.resource_id };
  if (error && (status === "FAILURE" || status === "REVOKED"))
    return new Refused({ status: 500, ...error } as unknown as Problem);
  if (status === "REVOKED" || status === "FAILURE" || status === "SUCCESS") return { kind: "none" };
  const share = progress?.total ? progress.done / progress.total : null;
  return { kind: "drawing", percent: share === null ? null : Math.min(99, Math.floor(100 * share)) };
}
