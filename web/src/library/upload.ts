import { query } from "../api/client";
import { Away, type Failure, failureOf } from "../api/failure";
import type { VideoResponse } from "../api/schema";
import { authorization, token, wantToken } from "../api/token";

export interface UploadEvents {
  sent: (bytes: number) => void;
  done: (video: VideoResponse) => void;
  failed: (failure: Failure) => void;
}

/** Sends a file as the raw body, which the service takes without holding it. Returns what breaks it off. */
export function upload(file: File, note: string, events: UploadEvents): () => void {
  // fetch tells nothing of how far a body has gone.
  const request = new XMLHttpRequest();
  const carried = token();
  request.open("POST", `/videos/ingest/${query({ filename: file.name, description: note })}`);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
  request.upload.onprogress = (event) => events.sent(event.loaded);
  request.onload = () => {
    if (request.status === 401) wantToken(carried);
    if (request.status !== 201) events.failed(failureOf(request.status, request.responseText));
    else events.done(JSON.parse(request.responseText) as VideoResponse);
  };
  request.onerror = () => events.failed(new Away("the connection broke"));
  request.send(file);
  return () => request.abort();
}
