import { type FormEvent, useState } from "react";
import { renderingPath, submitVisualization } from "../api/client";
import type { EstimationResponse } from "../api/schema";
import { Check, ChoiceField, TextField } from "../controls/field";
import { Dialog } from "../controls/dialog";
import { DownloadLink } from "../controls/download_link";
import { formatCount } from "../format";
import { texts } from "../texts";
import { presets, usualVisualization, type VisualizationChoices, visualizationOf } from "./choices";
import { recall, remember } from "./remembered";
import { SubmitFailure } from "./submit_failure";
import { useSubmit } from "./use_submit";
import "./submit.css";

const memory = "visualization";

/** Everything but the note is kept for the next rendering. */
const recalled = (): VisualizationChoices => ({
  ...usualVisualization,
  ...recall<Partial<VisualizationChoices>>(memory),
  description: "",
});

interface FieldsProperties {
  choices: VisualizationChoices;
  change: (change: Partial<VisualizationChoices>) => void;
  errors: Record<string, string>;
}

function WhatToDraw({ choices, change, errors, hasMesh }: FieldsProperties & { hasMesh: boolean }) {
  return (
    <div className="checks">
      <Check
        label={texts.submit.skeleton}
        checked={choices.show_skeleton}
        onChange={(show_skeleton) => change({ show_skeleton })}
        error={errors.show_skeleton}
      />
      <Check
        label={texts.submit.keypoints}
        checked={choices.show_keypoints}
        onChange={(show_keypoints) => change({ show_keypoints })}
        error={errors.show_keypoints}
      />
      <Check
        label={texts.submit.box}
        checked={choices.show_bbox}
        onChange={(show_bbox) => change({ show_bbox })}
        error={errors.show_bbox}
      />
      <Check
        label={texts.submit.confidence}
        checked={choices.show_bbox_confidence}
        onChange={(show_bbox_confidence) => change({ show_bbox_confidence })}
        error={errors.show_bbox_confidence}
      />
      {hasMesh && (
        <Check
          label={texts.submit.surface}
          checked={choices.show_mesh}
          onChange={(show_mesh) => change({ show_mesh })}
          error={errors.show_mesh}
        />
      )}
    </div>
  );
}

function HowToEncode({ choices, change, errors }: FieldsProperties) {
  const effort = (value: string) => presets.find((name) => name === value) ?? usualVisualization.preset;
  return (
    <>
      <div className="fields">
        <TextField
          isNumber
          label={texts.submit.quality}
          value={choices.crf}
          onChange={(crf) => change({ crf })}
          hint={texts.submit.qualityHint}
          error={errors.crf}
        />
        <ChoiceField
          label={texts.submit.preset}
          value={choices.preset}
          onChange={(value) => change({ preset: effort(value) })}
          options={presets.map((value) => ({ value, label: value }))}
          hint={texts.submit.presetHint}
          error={errors.preset}
        />
      </div>
      <details open={"batch_size" in errors || "description" in errors || undefined}>
        <summary>{texts.submit.more}</summary>
        <div className="submit-form">
          <TextField
            isNumber
            label={texts.submit.batch}
            value={choices.batchSize}
            onChange={(batchSize) => change({ batchSize })}
            hint={texts.submit.batchHint}
            error={errors.batch_size}
          />
          <TextField
            label={texts.submit.description}
            value={choices.description}
            onChange={(description) => change({ description })}
            error={errors.description}
          />
        </div>
      </details>
    </>
  );
}

/** Asks for a video with the skeletons drawn on it. Closes when the service has taken that as new work. */
export function VisualizationForm({
  estimation,
  onClose,
}: {
  estimation: EstimationResponse;
  onClose: () => void;
}) {
  const [choices, setChoices] = useState(recalled);
  const { submit, isSending, failure, task, errors } = useSubmit(async () => {
    const answer = await submitVisualization(visualizationOf(estimation, choices));
    remember(memory, choices);
    if (answer.status !== "SUCCESS") onClose();
    return answer;
  });
  const change = (some: Partial<VisualizationChoices>) => setChoices((all) => ({ ...all, ...some }));
  const send = (event: FormEvent) => {
    event.preventDefault();
    void submit();
  };
  return (
    <Dialog title={texts.submit.visualizationTitle} onClose={onClose}>
      <form className="submit-form" onSubmit={send} noValidate>
        <p className="soft">
          {texts.submit.visualizationHint} {texts.work.done(formatCount(estimation.frame_count), null, "frames")}.
        </p>
        <WhatToDraw choices={choices} change={change} errors={errors} hasMesh={estimation.include_mesh} />
        <HowToEncode choices={choices} change={change} errors={errors} />
        <SubmitFailure failure={failure} errors={errors} />
        {task?.result && (
          <div className="notice" role="status">
            {texts.submit.there}
            <DownloadLink path={renderingPath(task.result.resource_id)}>{texts.submit.downloadThere}</DownloadLink>
          </div>
        )}
        <div className="dialog-buttons">
          <button type="button" className="button" onClick={onClose}>
            {texts.dialog.close}
          </button>
          <button type="submit" className="button button-primary" disabled={isSending}>
            {isSending ? texts.submit.sending : texts.submit.visualization}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
