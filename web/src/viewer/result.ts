import { findEstimation, findVideo, request, archivePath } from "../api/client";
import { Away, Refused } from "../api/failure";
import type { EstimationResponse, VideoResponse } from "../api/schema";
import { openHttpBytes } from "../archive/byte_source";
import { UnreadableArchive } from "../archive/header";
import { PoseArchive } from "../archive/pose_archive";

/** All that the viewer shows. */
export interface Result {
  estimation: EstimationResponse;
  video: VideoResponse;
  archive: PoseArchive | UnreadableArchive;
}

export async function openResult(estimationId: number, frame: number, signal: AbortSignal): Promise<Result> {
  const [estimation, archive] = await Promise.all([
    findEstimation(estimationId, signal),
    openArchive(estimationId, frame),
  ]);
  return { estimation, archive, video: await findVideo(estimation.video_id, signal) };
}

async function openArchive(estimationId: number, frame: number): Promise<PoseArchive | UnreadableArchive> {
  try {
    const source = await openHttpBytes((range) => request(archivePath(estimationId), { headers: { Range: range } }));
    return await PoseArchive.open(source, frame);
  } catch (thrown) {
    if (thrown instanceof UnreadableArchive) return thrown;
    throw asReadFailure(thrown);
  }
}

/** A connection that broke amid the bytes is an absent service, too. */
export function asReadFailure(thrown: unknown): Refused | Away | UnreadableArchive {
  const isKnown = thrown instanceof Refused || thrown instanceof Away || thrown instanceof UnreadableArchive;
  return isKnown ? thrown : new Away(String(thrown));
}
