import { deleteVideo } from "../api/client";
import type { VideoResponse } from "../api/schema";
import { forgetVideo } from "../api/use_video";
import { Confirmation } from "../controls/dialog";
import { texts } from "../texts";

interface VideoRemovalProperties {
  video: VideoResponse;
  onDeleted: () => void;
  onClose: () => void;
}

/** Asks whether a video and all that came of it shall go, and deletes it. */
export function VideoRemoval({ video, onDeleted, onClose }: VideoRemovalProperties) {
  const remove = async () => {
    await deleteVideo(video.id);
    forgetVideo(video.id);
    onDeleted();
  };
  return (
    <Confirmation
      title={texts.removal.videoTitle}
      text={texts.removal.video(video.filename)}
      confirm={texts.removal.confirm}
      act={remove}
      onClose={onClose}
    />
  );
}
