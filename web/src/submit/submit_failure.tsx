import type { Failure } from "../api/failure";
import { FailureNotice } from "../controls/states";
import { texts } from "../texts";

/** Why a form was refused; what stands beside its fields already is not said again. */
export function SubmitFailure({ failure, errors }: { failure: Failure | null; errors: Record<string, string> }) {
  if (!failure) return null;
  const isMarked = Object.keys(errors).length > 0 && !("video_id" in errors) && !("estimation_id" in errors);
  if (!isMarked) return <FailureNotice failure={failure} />;
  return (
    <p className="field-error" role="alert">
      {texts.submit.marked}
    </p>
  );
}
