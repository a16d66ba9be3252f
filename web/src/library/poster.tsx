import { useEffect, useState } from "react";
import { posterPath } from "../api/client";
import type { VideoResponse } from "../api/schema";
import { useTaskNews } from "../api/task_feed";
import { useMediaUrl } from "../api/use_media_url";
import { Icon } from "../controls/icon";

/** The first frame. It says nothing that the name beside it does not, so it has no words of its own. */
export function Poster({ video }: { video: VideoResponse }) {
  const url = useMediaUrl(posterPath(video.id));
  const [isBroken, setBroken] = useState(false);
  const { connection } = useTaskNews();
  // The service was away, perhaps: a picture does not ask again by itself.
  useEffect(() => setBroken(false), [connection]);
  return (
    <span className="poster">
      {url === null || isBroken ? (
        <Icon name="film" size={36} />
      ) : (
        <img src={url} alt="" loading="lazy" decoding="async" onError={() => setBroken(true)} />
      )}
    </span>
  );
}
