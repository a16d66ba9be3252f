import { Away, type Failure } from "../api/failure";
import { Icon } from "../controls/icon";
import { formatBytes } from "../format";
import { videoAddress } from "../routes";
import { texts } from "../texts";
import { type Upload, uploads, useUploads } from "./uploads";

function Reason({ failure }: { failure: Failure }) {
  if (failure instanceof Away) return <p className="upload-reason">{texts.uploads.away}</p>;
  return (
    <div className="upload-reason" role="alert">
      <p>{failure.problem.detail}</p>
      {failure.problem.suggestion && <p className="soft">{failure.problem.suggestion}</p>}
    </div>
  );
}

function Sending({ upload }: { upload: Upload }) {
  const { file, sentBytes, state } = upload;
  const isWhole = sentBytes >= file.size && file.size > 0;
  const progress = texts.uploads.progress(formatBytes(Math.min(sentBytes, file.size)), formatBytes(file.size));
  return (
    <>
      <progress
        value={Math.min(sentBytes, file.size)}
        max={Math.max(1, file.size)}
        aria-label={texts.uploads.progressLabel(file.name)}
      />
      <p className="small soft">
        {state.name === "waiting" ? texts.uploads.waiting : isWhole ? texts.uploads.checking : progress}
      </p>
    </>
  );
}

function Buttons({ upload }: { upload: Upload }) {
  const { key, state } = upload;
  const isUnderWay = state.name === "waiting" || state.name === "sending";
  return (
    <div className="upload-buttons">
      {state.name === "done" && (
        <a
          className="button button-primary button-small"
          href={videoAddress(state.video.id)}
          onClick={() => uploads.remove(key)}
        >
          {texts.uploads.open}
        </a>
      )}
      {state.name === "failed" && state.failure instanceof Away && (
        <button type="button" className="button button-small" onClick={() => uploads.again(key)}>
          {texts.uploads.again}
        </button>
      )}
      <button type="button" className="button button-quiet button-small" onClick={() => uploads.remove(key)}>
        {isUnderWay ? texts.uploads.stop : texts.uploads.dismiss}
      </button>
    </div>
  );
}

function UploadRow({ upload }: { upload: Upload }) {
  const { file, state } = upload;
  return (
    <li className="upload">
      <div className="upload-facts">
        <p className="upload-name">{file.name}</p>
        {(state.name === "waiting" || state.name === "sending") && <Sending upload={upload} />}
        {state.name === "failed" && <Reason failure={state.failure} />}
        {state.name === "done" && (
          <p className="small upload-done">
            <Icon name="check" size={16} />
            {texts.uploads.done}
          </p>
        )}
      </div>
      <Buttons upload={upload} />
    </li>
  );
}

export function UploadList() {
  const list = useUploads();
  if (list.length === 0) return null;
  return (
    <section className="panel uploads" aria-label={texts.uploads.title}>
      <ul>
        {list.map((upload) => (
          <UploadRow key={upload.key} upload={upload} />
        ))}
      </ul>
    </section>
  );
}
