import { useEffect, useMemo, useRef, useState, type RefObject } from "react";
import type uPlot from "uplot";
import { texts } from "../texts";
import { useTheme } from "../theme";
import { jointsFor, measured, type Joint, type Measure, type Motion } from "./measures";
import { curveColour, makePlot, type Curve } from "./plot";
import { canShowWhole, isMain, rangeToShow, startingChoice, windows, type PlotChoice } from "./plot_choice";
import type { FrameRange } from "./time_line";
import { useMotion } from "./use_motion";
import { useSize } from "./use_size";
import { useMoment, type Viewing } from "./viewing";

const words = texts.viewer;
const measures: Measure[] = ["height", "speed", "angle"];

/** More curves than this nobody tells apart. */
const mostPeople = 4;

/** Joints over time, in step with the views: the moment is a line here, and the pointer is a moment there. */
export function Plots({ viewing }: { viewing: Viewing }) {
  const { header, index } = viewing.archive;
  const [choice, setChoice] = useState<PlotChoice>(() => ({
    measure: "height",
    joints: startingChoice("height", header.keypointNames),
    track: null,
    window: canShowWhole(index) ? null : 60,
  }));
  const offered = useMemo(() => jointsFor(choice.measure, header.keypointNames), [choice.measure, header]);
  const joints = useMemo(() => offered.filter(({ name }) => choice.joints.includes(name)), [offered, choice.joints]);
  const range = useRange(viewing, choice.window);
  const state = useMotion(viewing, range, joints);
  const tracks = state?.motion.tracks() ?? [];
  const curves = useCurves(viewing, choice, joints, state);
  const choose = (part: Partial<PlotChoice>) => setChoice((old) => ({ ...old, ...part }));
  return (
    <section className="plots panel" aria-labelledby="plots-title">
      <header className="plots-head">
        <h2 id="plots-title">{words.plots}</h2>
        <MeasureChoice
          choice={choice}
          onChoose={(measure) => choose({ measure, joints: startingChoice(measure, header.keypointNames) })}
        />
        {tracks.length > 1 && (
          <PersonChoice tracks={tracks} track={choice.track} onChoose={(track) => choose({ track })} />
        )}
        <WindowChoice choice={choice} hasWhole={canShowWhole(index)} onChoose={(window) => choose({ window })} />
      </header>
      {offered.length === 0 ? (
        <p className="soft">{words.noMeasure}</p>
      ) : (
        <JointChoice offered={offered} chosen={choice.joints} onChoose={(names) => choose({ joints: names })} />
      )}
      {offered.length > 0 && joints.length === 0 && <p className="soft">{words.noJoints}</p>}
      {joints.length > 0 && (
        <Chart viewing={viewing} curves={curves} motion={state?.motion ?? null} unit={words.units[choice.measure]} />
      )}
    </section>
  );
}

function useRange({ playback, archive }: Viewing, window: number | null): FrameRange {
  const shown = useRef<{ range: FrameRange; window: number | null } | null>(null);
  return useMoment(playback, ({ frame }) => {
    const old = shown.current?.window === window ? shown.current.range : null;
    const range = rangeToShow(old, frame, window, archive.index);
    const isSame = old?.first === range.first && old.last === range.last;
    if (!isSame) shown.current = { range, window };
    return shown.current!.range;
  });
}

type MotionState = ReturnType<typeof useMotion>;

function useCurves(viewing: Viewing, { measure, track }: PlotChoice, joints: Joint[], state: MotionState): Curve[] {
  return useMemo(() => {
    if (!state) return [];
    const all = state.motion.tracks();
    const tracks = track === null ? all.slice(0, mostPeople) : [track];
    const isOneJoint = joints.length === 1;
    return tracks.flatMap((person, position) =>
      joints.map((joint, number) => ({
        label: all.length > 1 ? `${words.person(person)}, ${spoken(joint.name)}` : spoken(joint.name),
        colour: curveColour(isOneJoint ? person : position * joints.length + number),
        values: measured(state.motion, measure, joint, person, viewing.floor),
      })),
    );
  }, [viewing, measure, track, joints, state]);
}

const spoken = (name: string) => name.replaceAll("_", " ");

function MeasureChoice({ choice, onChoose }: { choice: PlotChoice; onChoose: (measure: Measure) => void }) {
  return (
    <div className="segments" role="group" aria-label={words.measure.label}>
      {measures.map((measure) => (
        <button key={measure} type="button" aria-pressed={choice.measure === measure} onClick={() => onChoose(measure)}>
          {words.measure[measure]}
        </button>
      ))}
    </div>
  );
}

function WindowChoice({
  choice,
  hasWhole,
  onChoose,
}: {
  choice: PlotChoice;
  hasWhole: boolean;
  onChoose: (window: number | null) => void;
}) {
  return (
    <div className="segments" role="group" aria-label={words.window.label}>
      {windows.map((seconds) => (
        <button key={seconds} type="button" aria-pressed={choice.window === seconds} onClick={() => onChoose(seconds)}>
          {words.window.seconds(seconds)}
        </button>
      ))}
      {hasWhole && (
        <button type="button" aria-pressed={choice.window === null} onClick={() => onChoose(null)}>
          {words.window.all}
        </button>
      )}
    </div>
  );
}

function PersonChoice({
  tracks,
  track,
  onChoose,
}: {
  tracks: number[];
  track: number | null;
  onChoose: (track: number | null) => void;
}) {
  return (
    <select
      className="quiet-select"
      aria-label={words.whose}
      value={track ?? ""}
      onChange={({ target }) => onChoose(target.value === "" ? null : Number(target.value))}
    >
      <option value="">{words.everybody}</option>
      {tracks.map((number) => (
        <option key={number} value={number}>
          {words.person(number)}
        </option>
      ))}
    </select>
  );
}

function JointChoice({
  offered,
  chosen,
  onChoose,
}: {
  offered: Joint[];
  chosen: string[];
  onChoose: (names: string[]) => void;
}) {
  const toggle = (name: string) =>
    onChoose(chosen.includes(name) ? chosen.filter((other) => other !== name) : [...chosen, name]);
  const chips = (joints: Joint[]) =>
    joints.map(({ name }) => (
      <button
        key={name}
        type="button"
        className="chip"
        aria-pressed={chosen.includes(name)}
        onClick={() => toggle(name)}
      >
        {spoken(name)}
      </button>
    ));
  const main = offered.filter(isMain);
  const more = offered.filter((joint) => !isMain(joint));
  if (main.length === 0 || more.length === 0) {
    return (
      <div className="chips" role="group" aria-label={words.joints}>
        {chips(offered)}
      </div>
    );
  }
  return (
    <div role="group" aria-label={words.joints}>
      <div className="chips">{chips(main)}</div>
      <details className="more">
        <summary>{words.moreJoints}</summary>
        <div className="chips">{chips(more)}</div>
      </details>
    </div>
  );
}

interface ChartProperties {
  viewing: Viewing;
  curves: Curve[];
  motion: Motion | null;
  unit: string;
}

function Chart({ viewing, curves, motion, unit }: ChartProperties) {
  const place = useRef<HTMLDivElement>(null);
  const size = useSize(place);
  const plot = usePlot(viewing, place, curves, size.width);
  useEffect(() => {
    if (plot && motion) plot.setData([motion.seconds, ...curves.map(({ values }) => values)] as uPlot.AlignedData);
  }, [plot, motion, curves]);
  return (
    <figure className="chart">
      <Legend viewing={viewing} curves={curves} motion={motion} unit={unit} />
      <div className="chart-place" ref={place}>
        {plot && <Head viewing={viewing} plot={plot} />}
      </div>
      <figcaption className="soft small">{words.plotHint}</figcaption>
    </figure>
  );
}

const chartHeight = 260;

/** A plot for curves of these looks; null until it is made. Other curves or colours want another. */
function usePlot(
  viewing: Viewing,
  place: RefObject<HTMLDivElement | null>,
  curves: Curve[],
  width: number,
): uPlot | null {
  const [made, setMade] = useState<{ plot: uPlot; looks: string } | null>(null);
  const looks = [useTheme(), ...curves.map(({ label, colour }) => `${label} ${colour}`)].join();
  const latestCurves = useRef(curves);
  latestCurves.current = curves;
  const isSized = width > 0;
  useEffect(() => {
    if (!place.current || !isSized) return;
    const plot = makePlot(
      place.current,
      latestCurves.current,
      [place.current.clientWidth, chartHeight],
      pointing(viewing),
    );
    setMade({ plot, looks });
    return () => {
      plot.destroy();
      setMade(null);
    };
  }, [viewing, place, looks, isSized]);
  const plot = made?.looks === looks ? made.plot : null;
  useEffect(() => plot?.setSize({ width, height: chartHeight }), [plot, width]);
  return plot;
}

/** Pointing shows the moment under the pointer as long as nothing is playing; leaving goes back, a click stays. */
function pointing({ playback, archive }: Viewing) {
  let home: number | null = null;
  let pointed: number | null = null;
  return {
    onPoint(seconds: number | null) {
      const { playing, frame } = playback.moment();
      // Whoever went elsewhere by other means meanwhile is not to be called back.
      if (playing || (home !== null && frame !== pointed)) home = null;
      if (playing) return;
      if (seconds !== null) {
        home ??= frame;
        pointed = archive.index.frameAt(seconds * 1e6) ?? frame;
        playback.show(pointed);
      } else if (home !== null) {
        playback.show(home);
        home = null;
      }
    },
    onClick: () => {
      home = pointed;
    },
  };
}

/** The moment, as a line across the curves. */
function Head({ viewing: { playback, archive }, plot }: { viewing: Viewing; plot: uPlot }) {
  const line = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = line.current!; // the plot draws and the moment moves for a while after this is gone
    const place = () => {
      const seconds = archive.index.timeUs(playback.moment().shown) / 1e6;
      const { min, max } = plot.scales.x!;
      const isInside = min !== undefined && max !== undefined && seconds >= min && seconds <= max;
      element.hidden = !isInside;
      if (!isInside) return;
      const left = (plot.bbox.left / window.devicePixelRatio + plot.valToPos(seconds, "x")).toFixed(1);
      element.style.transform = `translateX(${left}px)`;
    };
    place();
    plot.hooks.draw = [place];
    const stop = playback.subscribe(place);
    return () => {
      stop();
      plot.hooks.draw = [];
    };
  }, [playback, archive, plot]);
  return <div className="chart-head" ref={line} hidden />;
}

/** The curves' names, and what they are at the moment. */
function Legend({ viewing, curves, motion, unit }: ChartProperties) {
  const frame = useMoment(viewing.playback, ({ shown }) => shown);
  const at = motion ? frame - motion.range.first : -1;
  const digits = unit === words.units.angle ? 0 : 2;
  return (
    <ul className="legend" aria-label={unit}>
      {curves.map(({ label, colour, values }) => (
        <li key={label}>
          <span className="legend-mark" style={{ background: colour }} />
          {label} <strong>{values[at]?.toFixed(digits) ?? "–"}</strong>
        </li>
      ))}
      <li className="soft">{unit}</li>
    </ul>
  );
}
