import { useEffect, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { texts } from "../texts";
import { useTheme } from "../theme";
import { formatMoment, gapsOf, stepped, wholeOf } from "./time_line";
import { useSize } from "./use_size";
import { useMoment, type Viewing } from "./viewing";

const words = texts.viewer;

/** The whole length at once: where one is, the loop, and the stretches where nobody was found. */
export function TimeLineBar({ viewing }: { viewing: Viewing }) {
  const { playback, archive } = viewing;
  const bar = useRef<HTMLDivElement>(null);
  const frame = useMoment(playback, (moment) => moment.frame);
  const loop = useMoment(playback, (moment) => moment.loop);
  const share = (of: number) => `${100 * shareOf(viewing, of)}%`;

  const scrub = (event: PointerEvent) => {
    if (event.buttons !== 1 || !bar.current) return;
    if (event.type === "pointerdown") {
      playback.pause();
      bar.current.setPointerCapture(event.pointerId);
    }
    const { left, width } = bar.current.getBoundingClientRect();
    playback.show(frameAtShare(viewing, (event.clientX - left) / width));
  };
  const time = formatMoment(archive.index.timeUs(frame));
  return (
    <div
      ref={bar}
      className="time-line"
      role="slider"
      tabIndex={0}
      aria-label={words.timeLine}
      aria-valuemin={0}
      aria-valuemax={archive.frames - 1}
      aria-valuenow={frame}
      aria-valuetext={words.moment(time, frame, archive.frames)}
      onPointerDown={scrub}
      onPointerMove={scrub}
      onKeyDown={(event) => stepByKey(event, viewing)}
    >
      <Gaps viewing={viewing} />
      {loop && (
        <div
          className="time-line-loop"
          style={{ left: share(loop.first), right: `${100 - 100 * shareOf(viewing, loop.last)}%` }}
        />
      )}
      <div className="time-line-passed" style={{ width: share(frame) }} />
      <div className="time-line-head" style={{ left: share(frame) }} />
    </div>
  );
}

/** Page keys here; the arrows and the ends are the page's own. */
function stepByKey(event: KeyboardEvent, { playback, archive }: Viewing) {
  const count = { PageUp: -10, PageDown: 10 }[event.key];
  if (count === undefined) return;
  event.preventDefault();
  playback.pause();
  playback.show(stepped(playback.moment().frame, count, archive.index));
}

/** By time, not by number: a variable rate would bend the line otherwise. */
function shareOf({ archive: { index } }: Viewing, frame: number): number {
  const { last } = wholeOf(index);
  const length = index.timeUs(last) - index.timeUs(0);
  return length > 0 ? (index.timeUs(frame) - index.timeUs(0)) / length : 0;
}

function frameAtShare({ archive: { index } }: Viewing, share: number): number {
  const { last } = wholeOf(index);
  const inside = Math.min(1, Math.max(0, share));
  const timeUs = index.timeUs(0) + inside * (index.timeUs(last) - index.timeUs(0));
  // The index has not all come: the nearest guess, which the picture corrects.
  return index.frameAt(timeUs) ?? Math.round(inside * last);
}

/** Drawn, because there may be thousands. */
function Gaps({ viewing }: { viewing: Viewing }) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const { width, height } = useSize(frame);
  const pieces = useIndexPieces(viewing);
  const theme = useTheme();
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || width === 0) return;
    canvas.current.width = width * window.devicePixelRatio;
    canvas.current.height = height * window.devicePixelRatio;
    context.scale(window.devicePixelRatio, window.devicePixelRatio);
    context.strokeStyle = getComputedStyle(canvas.current).getPropertyValue("--line-strong");
    const { frames } = viewing.archive;
    for (const { first, last } of gapsOf(viewing.archive.index)) {
      const left = width * shareOf(viewing, first);
      stripe(context, left, Math.max(left + 1, width * shareOf(viewing, Math.min(last + 1, frames - 1))), height);
    }
  }, [viewing, width, height, pieces, theme]);
  return (
    <div className="time-line-gaps" ref={frame} title={words.gap}>
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

function stripe(context: CanvasRenderingContext2D, left: number, right: number, height: number) {
  context.save();
  context.beginPath();
  context.rect(left, 0, right - left, height);
  context.clip();
  context.beginPath();
  for (let x = left - height; x < right; x += 5) {
    context.moveTo(x, height);
    context.lineTo(x + height, 0);
  }
  context.stroke();
  context.restore();
}

const retryMilliseconds = 3000;

/** Has the rest of the index read, and counts what has come. */
function useIndexPieces({ archive }: Viewing): number {
  const [pieces, setPieces] = useState(0);
  useEffect(() => {
    let isOver = false;
    let retry: number | undefined;
    const read = () => {
      archive.index
        .loadRest(() => !isOver && setPieces((count) => count + 1))
        .catch(() => {
          if (!isOver) retry = window.setTimeout(read, retryMilliseconds);
        });
    };
    read();
    return () => {
      isOver = true;
      window.clearTimeout(retry);
    };
  }, [archive]);
  return pieces;
}
