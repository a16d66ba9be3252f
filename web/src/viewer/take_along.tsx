import { useState, type ReactNode } from "react";
import { archivePath, renderingPath } from "../api/client";
import { DownloadLink } from "../controls/download_link";
import { FailureNotice } from "../controls/states";
import { viewerAddress } from "../routes";
import { texts } from "../texts";
import { commandsFor } from "./commands";
import { useAnnotatedVideo } from "./use_annotated_video";
import { useMoment, type Viewing } from "./viewing";

const words = texts.viewer;

export function TakeAlong({ viewing }: { viewing: Viewing }) {
  const { estimation, video, playback } = viewing;
  const loop = useMoment(playback, (moment) => moment.loop);
  const [isLoopOnly, setLoopOnly] = useState(false);
  const part = isLoopOnly && loop ? `&frames=${loop.first}:${loop.last + 1}` : "";
  return (
    <section className="take-along panel" aria-labelledby="take-along-title">
      <h2 id="take-along-title">{words.takeAlong}</h2>
      <ul className="goods">
        <AnnotatedVideo estimationId={estimation.id} />
        <Good name={words.archive} hint={words.archiveHint}>
          <Download path={archivePath(estimation.id)} name={words.archive} />
        </Good>
        <Good name={words.json} hint={words.jsonHint}>
          <Download path={archivePath(estimation.id, "json") + part} name={words.json} />
        </Good>
        <Good name={words.csv} hint={words.csvHint}>
          <Download path={archivePath(estimation.id, "csv") + part} name={words.csv} />
        </Good>
        <Good name={words.link} hint={words.linkHint}>
          <CopyButton name={words.link} text={() => momentLink(viewing)} />
        </Good>
      </ul>
      {loop && (
        <label className="check">
          <input type="checkbox" checked={isLoopOnly} onChange={({ target }) => setLoopOnly(target.checked)} />
          {words.inLoop} ({words.json}, {words.csv})
        </label>
      )}
      <Commands text={commandsFor(window.location.origin, video, estimation)} />
    </section>
  );
}

const momentLink = ({ estimation, playback }: Viewing) =>
  `${window.location.origin}${window.location.pathname}${viewerAddress(estimation.id, playback.moment().frame)}`;

function Good({ name, hint, children }: { name: string; hint: string; children: ReactNode }) {
  return (
    <li>
      <div>
        <strong>{name}</strong>
        <span className="soft small">{hint}</span>
      </div>
      {children}
    </li>
  );
}

function Download({ path, name }: { path: string; name: string }) {
  return (
    <DownloadLink path={path} label={`${words.download}: ${name}`}>
      {words.download}
    </DownloadLink>
  );
}

function AnnotatedVideo({ estimationId }: { estimationId: number }) {
  const { state, draw, failure } = useAnnotatedVideo(estimationId);
  return (
    <>
      <Good name={words.annotated} hint={words.annotatedHint}>
        {state.kind === "there" && <Download path={renderingPath(state.id)} name={words.annotated} />}
        {state.kind === "none" && (
          <button type="button" className="button button-small" onClick={draw}>
            {words.annotate}
          </button>
        )}
        {state.kind === "drawing" && (
          <span className="badge badge-accent" role="status">
            {words.annotating(state.percent)}
          </span>
        )}
      </Good>
      {failure && (
        <li className="goods-failure">
          <FailureNotice failure={failure} onAgain={draw} />
        </li>
      )}
    </>
  );
}

const confirmedMilliseconds = 2000;

/** Copies, and says so; where the clipboard is not to be had (no HTTPS), shows the text to be copied by hand. */
function CopyButton({ name, text }: { name: string; text: () => string }) {
  const [state, setState] = useState<"idle" | "copied" | "refused">("idle");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      setState("copied");
      window.setTimeout(() => setState("idle"), confirmedMilliseconds);
    } catch {
      setState("refused");
    }
  };
  if (state === "refused") {
    return (
      <input
        className="input"
        readOnly
        value={text()}
        aria-label={words.uncopied}
        title={words.uncopied}
        autoFocus
        onFocus={({ target }) => target.select()}
      />
    );
  }
  return (
    <button
      type="button"
      className="button button-small"
      aria-label={`${words.copy}: ${name}`}
      onClick={() => void copy()}
    >
      <span role="status">{state === "copied" ? words.copied : words.copy}</span>
    </button>
  );
}

function Commands({ text }: { text: string }) {
  return (
    <details className="more">
      <summary>{words.commands}</summary>
      <div className="commands">
        <pre tabIndex={0}>{text}</pre>
        <CopyButton name={words.commands} text={() => text} />
      </div>
    </details>
  );
}
