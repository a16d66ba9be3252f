import { type FormEvent, useState } from "react";
import { listEstimations, listEstimators, readLimits, submitEstimation } from "../api/client";
import type { EstimatorResponse, LimitsResponse, VideoResponse } from "../api/schema";
import { useTaskNews } from "../api/task_feed";
import { isOpen } from "../api/task_table";
import { useLoaded } from "../api/use_loaded";
import { Check, ChoiceField, type Option, TextField } from "../controls/field";
import { WhenLoaded } from "../controls/states";
import { formatCount, formatDuration, formatRate, formatSpan } from "../format";
import { viewerAddress } from "../routes";
import { texts } from "../texts";
import {
  choicesFor,
  costOf,
  type EstimationChoices,
  estimationOf,
  type RememberedEstimation,
  rememberedOf,
  withRemembered,
} from "./choices";
import { secondsFor } from "./pace";
import { recall, remember } from "./remembered";
import { SubmitFailure } from "./submit_failure";
import { useSubmit } from "./use_submit";
import "./submit.css";

const memory = "estimation";

function estimatorOptions(estimators: readonly EstimatorResponse[]): Option[] {
  const usual = estimators.find((estimator) => estimator.is_default);
  const named = estimators.map(({ name, available }) => ({
    value: name,
    label: available ? name : texts.submit.unavailable(name),
    disabled: !available,
  }));
  return [{ value: "", label: texts.submit.defaultEstimator(usual?.name ?? "") }, ...named];
}

/** A remembered estimator may be gone by now. */
function known(choices: EstimationChoices, estimators: readonly EstimatorResponse[]): EstimationChoices {
  const isThere = estimators.some(({ name, available }) => name === choices.estimator && available);
  return isThere ? choices : { ...choices, estimator: "" };
}

interface FormProperties {
  video: VideoResponse;
  limits: LimitsResponse;
  estimators: readonly EstimatorResponse[];
}

/** How long it will take, as far as earlier runs tell. */
function useDuration(frames: number, choices: EstimationChoices, estimators: readonly EstimatorResponse[]) {
  const { tasks } = useTaskNews();
  const ended = tasks.filter((task) => task.kind === "estimate" && !isOpen(task)).length;
  const { loaded } = useLoaded(`${ended}`, (signal) => listEstimations({ limit: 100 }, signal), true);
  if (loaded.state !== "loaded") return null;
  const usual = estimators.find((estimator) => estimator.is_default)?.name ?? "";
  return secondsFor(frames, choices.estimator || usual, tasks, loaded.value.items);
}

/** What the estimation will cost, before it is asked for. */
function CostLine({ choices, video, limits, estimators }: FormProperties & { choices: EstimationChoices }) {
  const cost = costOf(choices, video);
  const duration = useDuration(cost?.frames ?? 0, choices, estimators);
  if (!cost) return <p className="cost soft">{texts.submit.incomplete}</p>;
  const frames = formatCount(cost.frames);
  if (cost.frames > limits.max_frames)
    return <p className="cost field-error">{texts.submit.tooMany(frames, formatCount(limits.max_frames))}</p>;
  return (
    <p className="cost" aria-live="polite">
      {texts.submit.cost(frames, formatSpan(cost.seconds), formatRate(cost.rate))}.{" "}
      {duration === null ? texts.submit.unknownDuration : texts.submit.duration(formatDuration(duration))}
    </p>
  );
}

interface FieldsProperties {
  choices: EstimationChoices;
  change: (change: Partial<EstimationChoices>) => void;
  errors: Record<string, string>;
}

function WindowFields({ choices, change, errors }: FieldsProperties) {
  return (
    <div className="fields">
      <TextField
        isNumber
        label={texts.submit.rate}
        value={choices.rate}
        onChange={(rate) => change({ rate })}
        error={errors.target_fps}
      />
      <TextField
        isNumber
        label={texts.submit.start}
        value={choices.start}
        onChange={(start) => change({ start })}
        error={errors.skip_start_seconds}
      />
      <TextField
        isNumber
        label={texts.submit.length}
        value={choices.length}
        onChange={(length) => change({ length })}
        error={errors.duration_seconds}
      />
    </div>
  );
}

function MoreFields({ choices, change, errors }: FieldsProperties) {
  return (
    <>
      <div className="fields">
        <TextField
          isNumber
          label={texts.submit.width}
          value={choices.width}
          onChange={(width) => change({ width })}
          error={errors.target_width}
          hint={texts.submit.boxHint}
        />
        <TextField
          isNumber
          label={texts.submit.height}
          value={choices.height}
          onChange={(height) => change({ height })}
          error={errors.target_height}
        />
        <TextField
          isNumber
          label={texts.submit.batch}
          value={choices.batchSize}
          onChange={(batchSize) => change({ batchSize })}
          error={errors.batch_size}
          hint={texts.submit.batchHint}
        />
      </div>
      <TextField
        label={texts.submit.description}
        value={choices.description}
        onChange={(description) => change({ description })}
        error={errors.description}
      />
      <Check
        label={texts.submit.mesh}
        checked={choices.includeMesh}
        onChange={(includeMesh) => change({ includeMesh })}
        hint={texts.submit.meshHint}
        error={errors.include_mesh}
      />
    </>
  );
}

const hiddenFields = ["target_width", "target_height", "batch_size", "description", "include_mesh"];

function Form({ video, limits, estimators }: FormProperties) {
  const start = choicesFor(video, limits);
  const [choices, setChoices] = useState(() =>
    known(withRemembered(start, recall<RememberedEstimation>(memory)), estimators),
  );
  const [isMoreOpen, setMoreOpen] = useState(false);
  const { submit, isSending, failure, task, errors } = useSubmit(async () => {
    const answer = await submitEstimation(estimationOf(video.id, choices));
    remember(memory, rememberedOf(choices, start));
    return answer;
  });
  const change = (some: Partial<EstimationChoices>) => setChoices((all) => ({ ...all, ...some }));
  const send = (event: FormEvent) => {
    event.preventDefault();
    void submit();
  };
  const isHiddenWrong = hiddenFields.some((name) => name in errors);
  return (
    <form className="submit-form" onSubmit={send} noValidate>
      <ChoiceField
        label={texts.submit.estimator}
        value={choices.estimator}
        onChange={(estimator) => change({ estimator })}
        options={estimatorOptions(estimators)}
        hint={texts.submit.estimatorHint}
        error={errors.estimator}
      />
      <WindowFields choices={choices} change={change} errors={errors} />
      <details open={isMoreOpen || isHiddenWrong} onToggle={(event) => setMoreOpen(event.currentTarget.open)}>
        <summary>{texts.submit.more}</summary>
        <div className="submit-form">
          <MoreFields choices={choices} change={change} errors={errors} />
        </div>
      </details>
      <CostLine choices={choices} video={video} limits={limits} estimators={estimators} />
      <SubmitFailure failure={failure} errors={errors} />
      {task?.status === "SUCCESS" && task.result && (
        <p className="notice" role="status">
          {texts.submit.there} <a href={viewerAddress(task.result.resource_id)}>{texts.submit.openThere}</a>
        </p>
      )}
      {task && isOpen(task) && (
        <p className="notice" role="status">
          {texts.submit.taken}
        </p>
      )}
      <div className="submit-buttons">
        <button type="submit" className="button button-primary" disabled={isSending}>
          {isSending ? texts.submit.sending : texts.submit.estimation}
        </button>
        <button type="button" className="button button-quiet" onClick={() => setChoices(start)}>
          {texts.submit.reset}
        </button>
      </div>
    </form>
  );
}

const whatIsOffered = async (signal: AbortSignal) => {
  const [limits, estimators] = await Promise.all([readLimits(signal), listEstimators(signal)]);
  return { limits, estimators };
};

/** Asks for the motion in a video, with choices that begin as the video is. */
export function EstimationForm({ video }: { video: VideoResponse }) {
  const { loaded, reload } = useLoaded("offered", whatIsOffered);
  return (
    <section className="panel section" aria-labelledby="estimation-title">
      <h2 id="estimation-title">{texts.submit.estimationTitle}</h2>
      <WhenLoaded loaded={loaded} onAgain={reload}>
        {({ limits, estimators }) => <Form video={video} limits={limits} estimators={estimators} />}
      </WhenLoaded>
    </section>
  );
}
