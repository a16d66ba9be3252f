import type { EstimationResponse, VideoResponse } from "../api/schema";

/** What was done for a result, as a terminal would do it. */
export function commandsFor(origin: string, video: VideoResponse, estimation: EstimationResponse): string {
  const estimate = {
    video_id: video.id,
    target_width: estimation.requested_width,
    target_height: estimation.requested_height,
    target_fps: estimation.requested_fps,
    skip_start_seconds: estimation.skip_start_seconds,
    duration_seconds: estimation.duration_seconds,
    estimator: estimation.estimator,
  };
  const json = "-H 'Content-Type: application/json'";
  return [
    `api=${origin}`,
    `curl -F file=@${quoted(video.filename)} $api/videos/ingest/`,
    `curl ${json} -H 'Prefer: wait=60' $api/estimations/submit/ \\\n     -d ${quoted(JSON.stringify(estimate))}`,
    `curl -OJ $api/estimations/download/${estimation.id}/`,
    `curl ${json} $api/visualizations/submit/ -d ${quoted(JSON.stringify({ estimation_id: estimation.id }))}`,
  ].join("\n");
}

/** As one word of a POSIX shell, whatever is in it. */
export function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
