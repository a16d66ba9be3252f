import { useState } from "react";
import { archivePath, deleteEstimation, deleteVisualization, listVisualizations, renderingPath } from "../api/client";
import type { EstimationResponse, VisualizationResponse } from "../api/schema";
import { useTaskNews } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { useLoaded } from "../api/use_loaded";
import { Confirmation } from "../controls/dialog";
import { DownloadLink } from "../controls/download_link";
import { Icon } from "../controls/icon";
import { FailureNotice } from "../controls/states";
import { formatCount, formatDate, formatSpan, formatRate } from "../format";
import { viewerAddress } from "../routes";
import { VisualizationForm } from "../submit/visualization_form";
import { texts } from "../texts";

function drawnIn(rendering: VisualizationResponse): string {
  const { none, ...names } = texts.video.shows;
  const drawn = (Object.keys(names) as (keyof typeof names)[])
    .filter((name) => rendering[name])
    .map((name) => names[name]);
  return drawn.length === 0 ? none : drawn.join(", ");
}

function RenderingRow({ rendering, onDeleted }: { rendering: VisualizationResponse; onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { id, preset, crf, description } = rendering;
  const remove = async () => {
    await deleteVisualization(id);
    onDeleted();
  };
  return (
    <li className="rendering">
      <div className="rendering-facts">
        <p>{texts.video.rendering(id)}</p>
        <p className="small soft">{texts.video.renderingFacts(drawnIn(rendering), preset, crf)}</p>
        {description && <p className="small">{description}</p>}
      </div>
      <DownloadLink path={renderingPath(id)} label={texts.video.download(texts.video.rendering(id))}>
        MP4
      </DownloadLink>
      <button
        type="button"
        className="button button-quiet button-small"
        aria-label={texts.video.deleteRendering(id)}
        onClick={() => setAsking(true)}
      >
        <Icon name="bin" />
      </button>
      {isAsking && (
        <Confirmation
          title={texts.removal.renderingTitle}
          text={texts.removal.rendering}
          confirm={texts.removal.confirm}
          act={remove}
          onClose={() => setAsking(false)}
        />
      )}
    </li>
  );
}

function Renderings({ estimationId }: { estimationId: number }) {
  const ended = useTaskNews().tasks.filter((task) => task.estimation_id === estimationId && !isOpen(task)).length;
  const { loaded, reload } = useLoaded(
    `${estimationId}\n${ended}`,
    (signal) => listVisualizations({ estimation_id: estimationId, limit: 100 }, signal),
    true,
  );
  if (loaded.state === "failed") return <FailureNotice failure={loaded.failure} onAgain={reload} isRetried />;
  if (loaded.state === "loading" || loaded.value.items.length === 0) return null;
  return (
    <ul className="renderings">
      {loaded.value.items.map((rendering) => (
        <RenderingRow key={rendering.id} rendering={rendering} onDeleted={reload} />
      ))}
    </ul>
  );
}

function Facts({ estimation }: { estimation: EstimationResponse }) {
  const {
    frame_count,
    requested_fps,
    skip_start_seconds,
    person_frame_count,
    lost_frame_count,
    estimator,
    created_at,
    description,
  } = estimation;
  const window = texts.video.estimationFacts(
    formatCount(frame_count),
    formatRate(requested_fps),
    formatSpan(skip_start_seconds),
    formatSpan(frame_count / requested_fps),
  );
  return (
    <>
      <p className="small soft">
        {estimator} · {window} · {formatDate(created_at)}
      </p>
      {description && <p>{description}</p>}
      {person_frame_count === 0 && <p className="badge">{texts.video.nobody}</p>}
      {lost_frame_count > 0 && <p className="badge badge-danger">{texts.video.lost(formatCount(lost_frame_count))}</p>}
    </>
  );
}

function TakeAlong({ estimationId }: { estimationId: number }) {
  const formats = { archive: texts.video.archive, json: texts.video.json, csv: texts.video.csv } as const;
  return (
    <>
      {(Object.keys(formats) as (keyof typeof formats)[]).map((format) => (
        <DownloadLink
          key={format}
          path={archivePath(estimationId, format)}
          label={texts.video.download(formats[format])}
        >
          {formats[format]}
        </DownloadLink>
      ))}
    </>
  );
}

function ResultRow({ estimation, onDeleted }: { estimation: EstimationResponse; onDeleted: () => void }) {
  const [shown, setShown] = useState<"nothing" | "render" | "delete">("nothing");
  const close = () => setShown("nothing");
  const { id } = estimation;
  const remove = async () => {
    await deleteEstimation(id);
    onDeleted();
  };
  return (
    <li className="result">
      <div className="result-head">
        <h3>{texts.video.estimationName(id)}</h3>
        <button
          type="button"
          className="button button-quiet button-small"
          aria-label={texts.video.deleteResult(id)}
          onClick={() => setShown("delete")}
        >
          <Icon name="bin" />
        </button>
      </div>
      <Facts estimation={estimation} />
      <div className="result-buttons">
        <a className="button button-primary button-small" href={viewerAddress(id)}>
          {texts.video.open}
        </a>
        <button type="button" className="button button-small" onClick={() => setShown("render")}>
          {texts.video.render}
        </button>
        <TakeAlong estimationId={id} />
      </div>
      <Renderings estimationId={id} />
      {shown === "render" && (
        <VisualizationForm estimation={estimation} onClose={close} />
      )}
      {shown === "delete" && (
        <Confirmation
          title={texts.removal.estimationTitle}
          text={texts.removal.estimation}
          confirm={texts.removal.confirm}
          act={remove}
          onClose={close}
        />
      )}
    </li>
  );
}

/** What was estimated from a video, newest first. */
export function ResultList({
  estimations,
  onChanged,
}: {
  estimations: readonly EstimationResponse[];
  onChanged: () => void;
}) {
  return (
    <ul className="panel results">
      {estimations.map((estimation) => (
        <ResultRow key={estimation.id} estimation={estimation} onDeleted={onChanged} />
      ))}
    </ul>
  );
}
