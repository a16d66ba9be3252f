import { useState } from "react";
import { findVideo, listEstimations, videoPath } from "../api/client";
import type { VideoResponse } from "../api/schema";
import { useTaskNews } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { useLoaded } from "../api/use_loaded";
import { DownloadLink } from "../controls/download_link";
import { Icon, Mark } from "../controls/icon";
import { WhenLoaded } from "../controls/states";
import { useTitle } from "../controls/use_title";
import { formatBytes, formatCount, formatDate, formatRate, formatSize, formatSpan } from "../format";
import { goTo, libraryAddress } from "../routes";
import { EstimationForm } from "../submit/estimation_form";
import { texts } from "../texts";
import { TaskRow } from "../work/task_row";
import { Poster } from "./poster";
import { ResultList } from "./result_list";
import { VideoRemoval } from "./video_removal";
import "./library.css";
import "./video.css";

function factsOf(video: VideoResponse): [string, string][] {
  const { unknown, perSecond, degrees } = texts.video;
  const facts: [string, string][] = [
    [texts.video.length, video.duration_seconds === null ? unknown : formatSpan(video.duration_seconds)],
    [texts.video.size, formatSize(video.width, video.height)],
    [texts.video.rate, video.fps === null ? unknown : perSecond(formatRate(video.fps))],
    [texts.video.frames, video.frame_count === null ? unknown : formatCount(video.frame_count)],
    [texts.video.file, formatBytes(video.size_bytes)],
    [texts.video.codec, video.codec],
    [texts.video.added, formatDate(video.created_at)],
  ];
  return video.rotation === 0 ? facts : [...facts, [texts.video.rotation, degrees(video.rotation)]];
}

function Head({ video }: { video: VideoResponse }) {
  useTitle(video.filename);
  const [isAsking, setAsking] = useState(false);
  return (
    <div className="page-head">
      <div className="video-title">
        <a className="small" href={libraryAddress}>
          ← {texts.video.back}
        </a>
        <h1>{video.filename}</h1>
        {video.description && <p className="soft">{video.description}</p>}
      </div>
      <div className="submit-buttons">
        <DownloadLink path={videoPath(video.id)}>{texts.video.original}</DownloadLink>
        <button type="button" className="button button-small" onClick={() => setAsking(true)}>
          <Icon name="bin" size={16} />
          {texts.video.delete}
        </button>
      </div>
      {isAsking && (
        <VideoRemoval video={video} onDeleted={() => goTo(libraryAddress)} onClose={() => setAsking(false)} />
      )}
    </div>
  );
}

function Facts({ video }: { video: VideoResponse }) {
  return (
    <section className="panel video-facts">
      <Poster video={video} />
      <dl>
        {factsOf(video).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const failuresShown = 2;

/** What is being worked on, and what failed lately: nothing that was asked for ends without a word. */
function OpenTasks({ videoId }: { videoId: number }) {
  const tasks = useTaskNews().tasks.filter((task) => task.video_id === videoId);
  const failed = tasks.filter((task) => task.status === "FAILURE").slice(0, failuresShown);
  const shown = [...tasks.filter(isOpen), ...failed];
  if (shown.length === 0) return null;
  return (
    <section className="section">
      <h2>{texts.work.title}</h2>
      <ul className="panel tasks">
        {shown.map((task) => (
          <TaskRow key={task.task_id} task={task} />
        ))}
      </ul>
    </section>
  );
}

function NoResults() {
  return (
    <div className="panel empty">
      <Mark />
      <h3>{texts.video.noResultsTitle}</h3>
      <p>{texts.video.noResults}</p>
    </div>
  );
}

function Results({ videoId }: { videoId: number }) {
  const tasks = useTaskNews().tasks.filter((task) => task.video_id === videoId);
  const ended = tasks.filter((task) => !isOpen(task)).length;
  const { loaded, reload } = useLoaded(
    `${videoId}\n${ended}`,
    (signal) => listEstimations({ video_id: videoId, limit: 100 }, signal),
    true,
  );
  // Before the first result is there, its task says enough.
  if (ended < tasks.length && loaded.state === "loaded" && loaded.value.items.length === 0) return null;
  return (
    <section className="section">
      <h2>{texts.video.results}</h2>
      <WhenLoaded loaded={loaded} onAgain={reload}>
        {({ items }) => (items.length === 0 ? <NoResults /> : <ResultList estimations={items} onChanged={reload} />)}
      </WhenLoaded>
    </section>
  );
}

/** One video: what it is, what was made of it, and what can be asked for. */
export function VideoPage({ videoId }: { videoId: number }) {
  const { loaded, reload } = useLoaded(`video ${videoId}`, (signal) => findVideo(videoId, signal));
  return (
    <WhenLoaded loaded={loaded} onAgain={reload}>
      {(video) => (
        <>
          <Head video={video} />
          <div className="video-columns">
            <div className="video-column">
              <OpenTasks videoId={videoId} />
              <Results videoId={videoId} />
            </div>
            <div className="video-column">
              <EstimationForm video={video} />
              <Facts video={video} />
            </div>
          </div>
        </>
      )}
    </WhenLoaded>
  );
}
