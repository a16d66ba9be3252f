import type { Picture, Playback } from "./playback";

/**
 * A time inside the frame that begins there, not on its edge, where rounding decides: no source has frames closer than
 * two milliseconds.
 */
const insideFrameUs = 1000;

/** How long the first frame may take to be reported by a browser that reports none before it is played. */
const firstFrameMilliseconds = 1500;

/** How long after the end of a seek the frame may take to be reported. */
const unreportedMilliseconds = 150;

/**
 * The browser's video. Its clock need not begin where the source's does (a file may start late, or be cut by an edit
 * list), so the first frame that comes on show tells the difference. That frame is rarely the wanted one: the picture is
 * ready to be looked at with the next.
 */
export function videoPicture(
  video: HTMLVideoElement,
  playback: Playback,
  onOpen: () => void,
  onReady: () => void,
): Picture & { close(): void } {
  let originSeconds: number | null = null;
  let wantedUs: number | null = null;
  let isClosed = false;
  let unreported: number | undefined;

  const present = (seconds: number) => {
    window.clearTimeout(unreported);
    // What still comes from before a jump would take everything back there.
    if (isClosed || (video.seeking && !video.paused)) return;
    if (originSeconds === null) {
      begin(seconds);
      return;
    }
    playback.presented(Math.round((seconds - originSeconds) * 1e6) + insideFrameUs);
    onReady();
  };
  const begin = (seconds: number) => {
    if (isClosed || originSeconds !== null) return;
    originSeconds = seconds;
    onOpen();
    seekToWanted();
  };
  const seekToWanted = () => {
    if (wantedUs === null || originSeconds === null || video.seeking) return;
    video.currentTime = originSeconds + (wantedUs + insideFrameUs) / 1e6;
    wantedUs = null;
  };
  const seeked = () => {
    window.clearTimeout(unreported);
    // A frame that comes to rest is not always reported: not in a hidden tab, nor the same one again.
    if (video.paused && originSeconds !== null)
      unreported = window.setTimeout(() => present(video.currentTime), unreportedMilliseconds);
    seekToWanted();
  };
  const stopWatching = watchFrames(video, present);
  let fallback: number | undefined;
  const waitForFirst = () => {
    fallback = window.setTimeout(() => begin(0), firstFrameMilliseconds);
  };
  if (video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) waitForFirst();
  else video.addEventListener("loadeddata", waitForFirst, { once: true });
  const ended = () => playback.ended();
  video.addEventListener("seeked", seeked);
  video.addEventListener("ended", ended);

  return {
    seek(timeUs) {
      wantedUs = timeUs;
      seekToWanted();
    },
    play(speed) {
      video.playbackRate = speed;
      video.play().catch(() => playback.pause()); // refused without a gesture, or overtaken by a pause
    },
    pause: () => video.pause(),
    close() {
      isClosed = true;
      window.clearTimeout(fallback);
      window.clearTimeout(unreported);
      stopWatching();
      video.removeEventListener("loadeddata", waitForFirst);
      video.removeEventListener("seeked", seeked);
      video.removeEventListener("ended", ended);
    },
  };
}

/** Calls with the media time of each frame as it comes on show. */
function watchFrames(video: HTMLVideoElement, present: (seconds: number) => void): () => void {
  if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) return watchClock(video, present);
  let handle = 0;
  const next = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
    present(mediaTime);
    handle = video.requestVideoFrameCallback(next);
  };
  handle = video.requestVideoFrameCallback(next);
  return () => video.cancelVideoFrameCallback(handle);
}

/** For browsers that report no frames: their clock, which may be a frame off while playing and is right at rest. */
function watchClock(video: HTMLVideoElement, present: (seconds: number) => void): () => void {
  let seen = NaN;
  let handle = requestAnimationFrame(function look() {
    if (video.readyState >= 2 && !video.seeking && video.currentTime !== seen) present((seen = video.currentTime));
    handle = requestAnimationFrame(look);
  });
  return () => cancelAnimationFrame(handle);
}

/** Stands in for a video that cannot be played: time passes, and each frame is on show at once. */
export function clockPicture(playback: Playback): Picture & { close(): void } {
  let handle = 0;
  let timeUs = 0;
  const stop = () => cancelAnimationFrame(handle);
  return {
    seek(wantedUs) {
      timeUs = wantedUs;
      playback.presented(wantedUs);
    },
    play(speed) {
      stop();
      let before: number | null = null;
      handle = requestAnimationFrame(function tick(now) {
        handle = requestAnimationFrame(tick);
        timeUs += (before === null ? 0 : now - before) * 1000 * speed;
        before = now;
        playback.presented(timeUs);
      });
    },
    pause: stop,
    close: stop,
  };
}
