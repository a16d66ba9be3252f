import { useEffect, useMemo, useRef, useState } from "react";
import { archivePath } from "../api/client";
import { useLoaded } from "../api/use_loaded";
import type { UnreadableArchive } from "../archive/header";
import { PoseArchive } from "../archive/pose_archive";
import { DownloadLink } from "../controls/download_link";
import { WhenLoaded } from "../controls/states";
import { useTitle } from "../controls/use_title";
import { formatCount, formatRate } from "../format";
import { videoAddress, viewerAddress } from "../routes";
import { texts } from "../texts";
import type { Looks } from "./appearance";
import { useKeys } from "./keys";
import { PeopleList } from "./people_list";
import { Playback } from "./playback";
import { Plots } from "./plots";
import { openResult, type Result } from "./result";
import { ShownMesh } from "./shown_mesh";
import { ShownPeople } from "./shown_people";
import { floorUnder } from "./space";
import { SpacePane, type Eye } from "./space_pane";
import { TakeAlong } from "./take_along";
import { TimeLineBar } from "./time_line_bar";
import { Transport } from "./transport";
import { VideoPane } from "./video_pane";
import { useBodies, useShown, type Viewing } from "./viewing";
import "./viewer.css";

const words = texts.viewer;

interface ViewerPageProperties {
  estimationId: number;
  frame: number | null;
}

/** A result to be looked at: its video, its motion in space, and its joints over time, all at the same moment. */
export function ViewerPage({ estimationId, frame }: ViewerPageProperties) {
  const { loaded, reload } = useLoaded(`estimation ${estimationId}`, (signal) =>
    openResult(estimationId, frame ?? 0, signal),
  );
  return (
    <WhenLoaded loaded={loaded} onAgain={reload}>
      {(result) => <OpenResult result={result} frame={frame} />}
    </WhenLoaded>
  );
}

function OpenResult({ result, frame }: { result: Result; frame: number | null }) {
  const { archive, estimation, video } = result;
  useTitle(video.filename);
  return (
    <div className="viewer">
      <header className="page-head">
        <div className="viewer-title">
          <a className="small" href={videoAddress(video.id)}>
            ← {words.toVideo}
          </a>
          <h1 tabIndex={-1}>{video.filename}</h1>
          <p className="soft">
            {words.facts(
              estimation.estimator,
              formatCount(estimation.frame_count),
              formatRate(estimation.requested_fps),
            )}
            {estimation.lost_frame_count > 0 && ` · ${words.lost(estimation.lost_frame_count)}`}
          </p>
        </div>
      </header>
      {archive instanceof PoseArchive ? (
        <Views result={result} archive={archive} frame={frame} />
      ) : (
        <Unreadable result={result} reason={archive} />
      )}
    </div>
  );
}

function Unreadable({ result: { estimation, video }, reason }: { result: Result; reason: UnreadableArchive }) {
  const isOther = reason.kind === "other_schema";
  return (
    <div className="notice" role="alert">
      <h2>{isOther ? words.otherSchemaTitle : words.brokenTitle}</h2>
      <p>{isOther ? words.otherSchema(reason.message) : words.broken(reason.message)}</p>
      <p>
        <a className="button" href={videoAddress(video.id)}>
          {words.again}
        </a>{" "}
        <DownloadLink path={archivePath(estimation.id)} className="button button-quiet">
          {words.download}
        </DownloadLink>
      </p>
    </div>
  );
}

interface ViewsProperties {
  result: Result;
  archive: PoseArchive;
  frame: number | null;
}

function Views({ result, archive, frame }: ViewsProperties) {
  const viewing = useViewing(result, archive, frame);
  const hasSeveral = new Set(viewing.shownPeople.current().people?.map(({ track }) => track)).size > 1;
  const [looks, setLooks] = useState<Looks>({ skeleton: true, boxes: false, colours: hasSeveral ? "people" : "sides" });
  const [eye, setEye] = useState<Eye>({
    view: { name: "corner", round: 0 },
    isFollowing: true,
    showsSurface: true,
  });
  const [isMuted, setMuted] = useState(true);
  useKeys(viewing, setEye);
  useAddress(viewing, frame);
  const broken = useBodies(viewing.shownMesh)?.broken;
  if (broken) return <Unreadable result={result} reason={broken} />;
  const hasNobody = archive.header.personFrames === 0;
  if (archive.frames === 0) return <p className="notice">{words.empty}</p>;
  return (
    <>
      {hasNobody && (
        <div className="notice">
          <p>{words.nobody}</p>
          <a href={videoAddress(viewing.video.id)}>{words.again}</a>
        </div>
      )}
      <PosesAway viewing={viewing} />
      <div className="panes">
        <VideoPane viewing={viewing} looks={looks} isMuted={isMuted} />
        <SpacePane viewing={viewing} looks={looks} eye={eye} setEye={setEye} />
      </div>
      <Transport viewing={viewing} isMuted={isMuted} setMuted={setMuted}>
        <TimeLineBar viewing={viewing} />
      </Transport>
      <div className="under-line">
        <PeopleList viewing={viewing} />
        <LooksChoice looks={looks} setLooks={setLooks} />
      </div>
      {!hasNobody && <Plots viewing={viewing} />}
      <TakeAlong viewing={viewing} />
      <Keys hasMesh={viewing.shownMesh !== null} />
    </>
  );
}

/** Made once for a result; `frame` is where it begins. */
function useViewing(result: Result, archive: PoseArchive, frame: number | null): Viewing {
  const first = useRef(frame ?? 0);
  const viewing = useMemo(() => {
    const playback = new Playback(archive.index, first.current);
    const shownPeople = new ShownPeople(archive, playback);
    return {
      ...result,
      archive,
      playback,
      shownPeople,
      shownMesh: archive.mesh && new ShownMesh(archive.mesh, archive.index, playback, shownPeople),
      floor: floorUnder(archive.held(), archive.header.keypointNames) ?? -1,
    };
  }, [result, archive]);
  useEffect(() => viewing.shownPeople.start(), [viewing]);
  return viewing;
}

const addressMilliseconds = 300;

/** The address bar names the frame as soon as one stays at it, and another address there is gone to. */
function useAddress({ estimation, playback }: Viewing, frame: number | null) {
  const written = useRef(frame);
  useEffect(() => {
    if (frame !== null && frame !== written.current) playback.show(frame);
    written.current = frame;
  }, [playback, frame]);
  useEffect(() => {
    let timer: number | undefined;
    const write = () => {
      const moment = playback.moment();
      if (moment.playing || moment.frame === (written.current ?? 0)) return;
      written.current = moment.frame;
      window.history.replaceState(window.history.state, "", viewerAddress(estimation.id, moment.frame));
    };
    const stop = playback.subscribe(() => {
      window.clearTimeout(timer);
      timer = window.setTimeout(write, addressMilliseconds);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [estimation.id, playback]);
}

function PosesAway({ viewing }: { viewing: Viewing }) {
  const { isAway } = useShown(viewing.shownPeople);
  return (
    isAway && (
      <p className="banner" role="status">
        {words.posesAway}
      </p>
    )
  );
}

function LooksChoice({ looks, setLooks }: { looks: Looks; setLooks: (looks: Looks) => void }) {
  const box = (name: "skeleton" | "boxes") => (
    <label className="check">
      <input
        type="checkbox"
        checked={looks[name]}
        onChange={({ target }) => setLooks({ ...looks, [name]: target.checked })}
      />
      {words.looks[name]}
    </label>
  );
  return (
    <div className="looks" role="group" aria-label={words.looks.label}>
      {box("skeleton")}
      {box("boxes")}
      <select
        className="quiet-select"
        aria-label={words.looks.colours}
        title={words.looks.colours}
        value={looks.colours}
        onChange={({ target }) => setLooks({ ...looks, colours: target.value as Looks["colours"] })}
      >
        <option value="sides">{words.looks.sides}</option>
        <option value="people">{words.looks.people}</option>
      </select>
    </div>
  );
}

function Keys({ hasMesh }: { hasMesh: boolean }) {
  return (
    <details className="more keys">
      <summary>{words.keysTitle}</summary>
      <dl>
        {[...words.keys, ...(hasMesh ? [words.surfaceKey] : [])].map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key!.split(" ").map((each) => (
                <kbd key={each}>{each}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
