import { useState } from "react";
import { cancelTask, renderingPath } from "../api/client";
import { asFailure, type Failure } from "../api/failure";
import type { TaskResponse } from "../api/schema";
import { noteTask } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { useVideo } from "../api/use_video";
import { Confirmation } from "../controls/dialog";
import { DownloadLink } from "../controls/download_link";
import { FailureNotice } from "../controls/states";
import { formatDate, formatDuration } from "../format";
import { videoAddress, viewerAddress } from "../routes";
import { texts } from "../texts";
import { progressTexts, share } from "./progress";
import { useNow } from "./use_now";
import "./work.css";

function useTitle(task: TaskResponse): string {
  const video = useVideo(task.video_id);
  const name = video === null ? texts.work.aVideo : (video?.filename ?? texts.work.loadingName);
  return task.kind === "visualize" ? texts.work.visualize(name) : texts.work.estimate(name);
}

function StatusBadge({ task }: { task: TaskResponse }) {
  const isStopping = isOpen(task) && task.cancel_requested_at !== null;
  const tone =
    task.status === "FAILURE"
      ? "badge-danger"
      : task.status === "SUCCESS" || task.status === "STARTED"
        ? "badge-accent"
        : "";
  return <span className={`badge ${tone}`}>{isStopping ? texts.work.cancelling : texts.work.status[task.status]}</span>;
}

function factsOf(task: TaskResponse, now: number): string[] {
  const facts: (string | null)[] = [];
  if (isOpen(task)) {
    if (task.queue_position !== null) facts.push(texts.work.queue(task.queue_position));
    if (task.status === "STARTED" && task.progress) facts.push(...progressTexts(task.progress, now));
    if (task.attempts > 0) facts.push(texts.work.attempts(task.attempts));
  } else {
    facts.push(formatDate(task.finished_at ?? task.created_at));
    if (task.run_seconds !== null) facts.push(texts.work.took(formatDuration(task.run_seconds)));
  }
  if (task.submits > 1) facts.push(texts.work.shared(task.submits));
  if (task.result?.deleted) facts.push(texts.work.deleted);
  return facts.filter((fact) => fact !== null);
}

function Reasons({ task }: { task: TaskResponse }) {
  return (
    <>
      {task.waiting_for && isOpen(task) && <p className="task-reason">{task.waiting_for}</p>}
      {task.error && task.status !== "SUCCESS" && (
        <div className="task-reason">
          <p>{task.error.detail}</p>
          <p className="soft">{task.error.suggestion}</p>
        </div>
      )}
    </>
  );
}

function Cancel({ task, title }: { task: TaskResponse; title: string }) {
  const [isAsking, setAsking] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const cancel = async () => noteTask(await cancelTask(task.task_id));
  const start = () => {
    setFailure(null);
    if (task.submits > 1) setAsking(true);
    else cancel().catch((thrown: unknown) => setFailure(asFailure(thrown)));
  };
  return (
    <>
      <button type="button" className="button button-small" aria-label={texts.work.cancelLabel(title)} onClick={start}>
        {texts.work.cancel}
      </button>
      {failure && <FailureNotice failure={failure} />}
      {isAsking && (
        <Confirmation
          title={texts.work.cancelTitle}
          text={texts.work.cancelShared(task.submits)}
          confirm={texts.work.cancelConfirm}
          refuse={texts.work.keep}
          act={cancel}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function Result({ task }: { task: TaskResponse }) {
  if (!task.result || task.result.deleted) return null;
  if (task.kind === "estimate")
    return (
      <a className="button button-primary button-small" href={viewerAddress(task.result.resource_id)}>
        {texts.work.open3d}
      </a>
    );
  return <DownloadLink path={renderingPath(task.result.resource_id)}>{texts.work.download}</DownloadLink>;
}

/** One task, as far as it is. */
export function TaskRow({ task }: { task: TaskResponse }) {
  const title = useTitle(task);
  const now = useNow(isOpen(task));
  const done = share(task.progress);
  return (
    <li className="task" data-status={task.status}>
      <div className="task-facts">
        <div className="task-head">
          {task.video_id === null ? (
            <h3>{title}</h3>
          ) : (
            <h3>
              <a href={videoAddress(task.video_id)}>{title}</a>
            </h3>
          )}
          <StatusBadge task={task} />
        </div>
        {task.status === "STARTED" && (
          <progress value={done ?? undefined} max={1} aria-label={texts.work.progressLabel(title)} />
        )}
        <p className="small soft">{factsOf(task, now).join(" · ")}</p>
        <Reasons task={task} />
      </div>
      <div className="task-buttons">
        {isOpen(task) && task.cancel_requested_at === null && <Cancel task={task} title={title} />}
        <Result task={task} />
      </div>
    </li>
  );
}
