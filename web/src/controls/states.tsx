import type { ReactNode } from "react";
import { Away, type Failure, isNotFound } from "../api/failure";
import type { Loaded } from "../api/use_loaded";
import { libraryAddress } from "../routes";
import { texts } from "../texts";

export function Loading() {
  return (
    <div className="loading" role="status">
      <span className="hidden">{texts.state.loading}</span>
    </div>
  );
}

interface FailureNoticeProperties {
  failure: Failure;
  onAgain?: () => void;
  /** Whether it is asked again without the visitor, as long as the service is away. */
  isRetried?: boolean;
}

/** Why something is not to be seen or was not done, in the service's own words. */
export function FailureNotice({ failure, onAgain, isRetried = false }: FailureNoticeProperties) {
  const again = onAgain && (
    <button type="button" className="button button-small" onClick={onAgain}>
      {texts.state.again}
    </button>
  );
  if (failure instanceof Away)
    return (
      <div className="notice" role="status">
        <h2>{texts.state.awayTitle}</h2>
        <p className="soft">{isRetried ? texts.state.away : texts.state.awayAsked}</p>
        {again}
      </div>
    );
  const isGone = isNotFound(failure);
  return (
    <div className="notice notice-danger" role="alert">
      <h2>{isGone ? texts.state.goneTitle : texts.state.refusedTitle}</h2>
      <p>{failure.problem.detail}</p>
      {failure.problem.suggestion && <p className="soft">{failure.problem.suggestion}</p>}
      {isGone ? <a href={libraryAddress}>{texts.state.goneLink}</a> : again}
    </div>
  );
}

interface WhenLoadedProperties<Value> {
  loaded: Loaded<Value>;
  onAgain?: () => void;
  children: (value: Value) => ReactNode;
}

/** The value when it is there; until then what else there is to see. */
export function WhenLoaded<Value>({ loaded, onAgain, children }: WhenLoadedProperties<Value>) {
  if (loaded.state === "loading") return <Loading />;
  if (loaded.state === "failed") return <FailureNotice failure={loaded.failure} onAgain={onAgain} isRetried />;
  return children(loaded.value);
}
