import { useState } from "react";
import { listEstimations, listVisualizations } from "../api/client";
import type { VideoResponse } from "../api/schema";
import { useTaskNews } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { useLoaded } from "../api/use_loaded";
import { Icon } from "../controls/icon";
import { formatBytes, formatLength, formatSize } from "../format";
import { videoAddress } from "../routes";
import { texts } from "../texts";
import { Poster } from "./poster";
import { VideoRemoval } from "./video_removal";

/** How many results and renderings of a video there are. */
async function countExisting(videoId: number, signal: AbortSignal) {
  const estimations = await listEstimations({ video_id: videoId, limit: 100 }, signal);
  const renderings = await Promise.all(
    estimations.items.map(({ id }) => listVisualizations({ estimation_id: id, limit: 1 }, signal)),
  );
  return { results: estimations.total, renderings: renderings.reduce((sum, page) => sum + page.total, 0) };
}

function Existing({ videoId }: { videoId: number }) {
  const tasks = useTaskNews().tasks.filter((task) => task.video_id === videoId);
  const ended = tasks.filter((task) => !isOpen(task)).length;
  const { loaded } = useLoaded(`${videoId}\n${ended}`, (signal) => countExisting(videoId, signal), true);
  const { results, renderings } = loaded.state === "loaded" ? loaded.value : { results: 0, renderings: 0 };
  const isBusy = tasks.some(isOpen);
  return (
    <p className="card-badges">
      {isBusy && <span className="badge badge-accent">{texts.library.inProgress}</span>}
      {results > 0 && <span className="badge">{texts.library.results(results)}</span>}
      {renderings > 0 && <span className="badge">{texts.library.renderings(renderings)}</span>}
      {loaded.state === "loaded" && results === 0 && !isBusy && (
        <span className="small soft">{texts.library.nothingYet}</span>
      )}
    </p>
  );
}

const lengthOf = (video: VideoResponse) =>
  video.duration_seconds === null ? texts.library.unknownLength : formatLength(video.duration_seconds);

export function VideoCard({ video, onDeleted }: { video: VideoResponse; onDeleted: () => void }) {
  const [isAsking, setAsking] = useState(false);
  return (
    <li className="card">
      <a className="card-link" href={videoAddress(video.id)}>
        <Poster video={video} />
        <span className="card-name">{video.filename}</span>
      </a>
      <p className="small soft">
        {lengthOf(video)} · {formatSize(video.width, video.height)} · {formatBytes(video.size_bytes)}
      </p>
      <Existing videoId={video.id} />
      <button
        type="button"
        className="button button-quiet button-small card-remove"
        aria-label={texts.library.remove(video.filename)}
        onClick={() => setAsking(true)}
      >
        <Icon name="bin" />
      </button>
      {isAsking && <VideoRemoval video={video} onDeleted={onDeleted} onClose={() => setAsking(false)} />}
    </li>
  );
}
