import type { ReactNode } from "react";
import { formatCount } from "../format";
import { texts } from "../texts";
import { speeds } from "./playback";
import { formatMoment, rangeOf, wholeOf } from "./time_line";
import { useMoment, type Viewing } from "./viewing";

const words = texts.viewer;

const shapes = {
  play: "M7 5l12 7-12 7z",
  pause: "M7 5h4v14H7zM13.5 5h4v14h-4z",
  back: "M17 5L8 12l9 7zM5 5h2v14H5z",
  forward: "M7 5l9 7-9 7zM17 5h2v14h-2z",
  sound: "M4 9h4l5-4v14l-5-4H4zM15.5 8.5c2 2 2 5 0 7M18 6c3.5 3.5 3.5 8.5 0 12",
  silence: "M4 9h4l5-4v14l-5-4H4zM16 9.5l5 5M21 9.5l-5 5",
} as const;

interface ToolProperties {
  shape: keyof typeof shapes;
  label: string;
  isPressed?: boolean;
  isMain?: boolean;
  onClick: () => void;
}

function Tool({ shape, label, isPressed, isMain, onClick }: ToolProperties) {
  const isLine = shape === "sound" || shape === "silence";
  return (
    <button
      type="button"
      className={`tool ${isMain ? "tool-main" : ""}`}
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      onClick={onClick}
    >
      <svg
        width="20"
        height="20"
        viewBox="0 0 24 24"
        aria-hidden="true"
        fill="currentColor"
        stroke={isLine ? "currentColor" : "none"}
        strokeWidth="1.6"
        strokeLinecap="round"
      >
        <path d={shapes[shape]} />
      </svg>
    </button>
  );
}

interface TransportProperties {
  viewing: Viewing;
  isMuted: boolean;
  setMuted: (isMuted: boolean) => void;
  children: ReactNode;
}

/** Everything about time: the time line, and the buttons that go along it. */
export function Transport({ viewing, isMuted, setMuted, children }: TransportProperties) {
  const { playback } = viewing;
  const isPlaying = useMoment(playback, (moment) => moment.playing);
  const speed = useMoment(playback, (moment) => moment.speed);
  return (
    <section className="transport panel" aria-label={words.timeLine}>
      {children}
      <div className="transport-row">
        <Tool shape="back" label={words.back} onClick={() => playback.step(-1)} />
        <Tool
          shape={isPlaying ? "pause" : "play"}
          label={isPlaying ? words.pause : words.play}
          isMain
          onClick={() => playback.toggle()}
        />
        <Tool shape="forward" label={words.forward} onClick={() => playback.step(1)} />
        <Clock viewing={viewing} />
        <LoopButtons viewing={viewing} />
        <Tool
          shape={isMuted ? "silence" : "sound"}
          label={words.mute}
          isPressed={!isMuted}
          onClick={() => setMuted(!isMuted)}
        />
        <select
          className="quiet-select"
          aria-label={words.speed}
          title={words.speed}
          value={speed}
          onChange={(event) => playback.setSpeed(Number(event.target.value))}
        >
          {speeds.map((value) => (
            <option key={value} value={value}>
              {words.times(value)}
            </option>
          ))}
        </select>
      </div>
    </section>
  );
}

function Clock({ viewing: { playback, archive } }: { viewing: Viewing }) {
  const frame = useMoment(playback, (moment) => moment.frame);
  const { last } = wholeOf(archive);
  return (
    <p className="clock">
      <strong>{formatMoment(archive.index.timeUs(frame))}</strong>
      <span className="soft"> / {formatMoment(archive.index.timeUs(last))}</span>
      <span className="soft clock-frame">{words.frame(formatCount(frame), formatCount(archive.frames))}</span>
    </p>
  );
}

function LoopButtons({ viewing: { playback, archive } }: { viewing: Viewing }) {
  const loop = useMoment(playback, (moment) => moment.loop);
  const time = (frame: number) => formatMoment(archive.index.timeUs(frame));
  return (
    <div className="loop-buttons">
      {loop && <span className="badge badge-accent">{words.loop(time(loop.first), time(loop.last))}</span>}
      <button type="button" className="button button-small" onClick={() => loopFrom(playback, archive.index)}>
        {words.loopFrom}
      </button>
      <button type="button" className="button button-small" onClick={() => loopTo(playback, archive.index)}>
        {words.loopTo}
      </button>
      {loop && (
        <button type="button" className="button button-small button-quiet" onClick={() => playback.setLoop(null)}>
          {words.loopEnd}
        </button>
      )}
    </div>
  );
}

type Parts = [Viewing["playback"], Viewing["archive"]["index"]];

/** From here to the old end, or to the very end. */
export function loopFrom(...[playback, index]: Parts) {
  const { frame, loop } = playback.moment();
  const { last } = wholeOf(index);
  playback.setLoop(rangeOf(frame, loop && loop.last > frame ? loop.last : last, index));
}

/** From the old begin, or the very first, to here. */
export function loopTo(...[playback, index]: Parts) {
  const { frame, loop } = playback.moment();
  playback.setLoop(rangeOf(loop && loop.first < frame ? loop.first : 0, frame, index));
}
