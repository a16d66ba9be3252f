import { type CSSProperties, useEffect, useLayoutEffect, useRef, useState } from "react";
import { texts } from "../texts";
import type { Looks } from "./appearance";
import { inspect } from "./inspection";
import { drawPeople, type DrawnPoint } from "./overlay";
import { clockPicture, videoPicture } from "./picture";
import { fitted } from "./placement";
import { useSize } from "./use_size";
import { useVideoSource, type VideoState } from "./use_video_source";
import { useWaiting } from "./use_waiting";
import { useShown, type Viewing } from "./viewing";

const words = texts.viewer;

interface VideoPaneProperties {
  viewing: Viewing;
  looks: Looks;
  isMuted: boolean;
}

/** The source with the people of the same frame drawn over it. */
export function VideoPane({ viewing, looks, isMuted }: VideoPaneProperties) {
  const { playback } = viewing;
  const { address, round, state, setState, failed } = useVideoSource(viewing.video.id);
  const [video, setVideo] = useState<HTMLVideoElement | null>(null);
  useEffect(() => {
    if (!video) return;
    const open = () => playback.attach(picture);
    const picture = videoPicture(video, playback, open, () => setState("ready"));
    return () => {
      picture.close();
      playback.detach(picture);
    };
  }, [video, playback, setState]);
  const isWaiting = useWaiting(video);
  useClockInstead(viewing, state === "unplayable" || state === "gone");

  /** Sound alone: the browser knows the container but not how the picture is coded. */
  const loaded = () => {
    if (video?.videoWidth === 0) setState("unplayable");
  };
  const shape = { "--ratio": viewing.video.width / viewing.video.height } as CSSProperties;
  return (
    <section className="pane pane-video" aria-label={words.video} style={shape}>
      {address && state !== "unplayable" && state !== "gone" && (
        <video
          key={round}
          ref={setVideo}
          src={address}
          muted={isMuted}
          playsInline
          preload="auto"
          tabIndex={-1}
          onError={failed}
          onLoadedData={loaded}
        />
      )}
      <Overlay viewing={viewing} looks={looks} video={state === "ready" ? video : null} />
      <VideoNote state={state} isWaiting={isWaiting} codec={viewing.video.codec} />
    </section>
  );
}

/** Without a video, a clock moves the skeleton. */
function useClockInstead({ playback }: Viewing, isWanted: boolean) {
  useEffect(() => {
    if (!isWanted) return;
    const clock = clockPicture(playback);
    playback.attach(clock);
    return () => {
      clock.close();
      playback.detach(clock);
    };
  }, [playback, isWanted]);
}

function VideoNote({ state, isWaiting, codec }: { state: VideoState; isWaiting: boolean; codec: string }) {
  if (state === "ready" && !isWaiting) return null;
  if (state === "loading") return <div className="pane-wait loading" />;
  const titles = {
    ready: words.videoWaits,
    unplayable: words.unplayableTitle,
    away: words.videoAway,
    gone: words.videoGone,
  };
  return (
    <div className="pane-note" role="status">
      <strong>{titles[state]}</strong>
      {state === "unplayable" && <span>{words.unplayable(codec)}</span>}
    </div>
  );
}

interface OverlayProperties {
  viewing: Viewing;
  looks: Looks;
  video: HTMLVideoElement | null;
}

function Overlay({ viewing, looks, video }: OverlayProperties) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const frameOfCanvas = useRef<HTMLDivElement>(null);
  const size = useSize(frameOfCanvas);
  const { frame, people } = useShown(viewing.shownPeople);
  const { header } = viewing.archive;

  useLayoutEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context || size.width === 0) return;
    const density = window.devicePixelRatio;
    sharpen(canvas.current, size.width * density, size.height * density);
    context.setTransform(density, 0, 0, density, 0, 0);
    context.clearRect(0, 0, size.width, size.height);
    const picture = video ? { width: video.videoWidth, height: video.videoHeight } : header.displayed;
    const at = fitted(picture, size, header.displayed);
    // Lines as wide, against the picture, as in annotated videos; thin enough to look past on a phone.
    const unit = Math.min(1.8, Math.max(0.6, (header.displayed.height * at.scaleY) / 480));
    if (!people) return;
    const points: DrawnPoint[] = drawPeople(context, people, header, looks, at, unit);
    return inspect({ drawn: () => ({ frame, points }) });
  }, [frame, people, looks, size, video, header]);

  return (
    <div className="pane-overlay" ref={frameOfCanvas}>
      <canvas ref={canvas} aria-hidden="true" />
    </div>
  );
}

function sharpen(canvas: HTMLCanvasElement, width: number, height: number) {
  if (canvas.width !== Math.round(width)) canvas.width = Math.round(width);
  if (canvas.height !== Math.round(height)) canvas.height = Math.round(height);
}
