import { useDeferredValue, useState } from "react";
import { listVideos } from "../api/client";
import type { VideoResponse } from "../api/schema";
import { useLoaded } from "../api/use_loaded";
import { WhenLoaded } from "../controls/states";
import { useTitle } from "../controls/use_title";
import { formatCount } from "../format";
import { texts } from "../texts";
import { AddVideos, NoteForVideos, useVideoChoice, VideoChoice } from "./add_videos";
import { EmptyLibrary, NoMatch } from "./empty_library";
import { UploadList } from "./upload_list";
import { useUploads } from "./uploads";
import { VideoCard } from "./video_card";
import "./library.css";

const firstCount = 24;
const listedAtOnce = 100;

/** The first `count` videos; the service gives at most a hundred at once. */
async function firstVideos(q: string, count: number, signal: AbortSignal) {
  const pages = [];
  for (let skip = 0; skip < count; skip += listedAtOnce)
    pages.push(listVideos({ q, skip, limit: Math.min(listedAtOnce, count - skip) }, signal));
  const lists = await Promise.all(pages);
  return { words: q, items: lists.flatMap((page) => page.items), total: lists[0]?.total ?? 0 };
}

function Search({ words, onWords }: { words: string; onWords: (words: string) => void }) {
  return (
    <input
      className="input search"
      type="search"
      value={words}
      maxLength={512}
      placeholder={texts.library.search}
      aria-label={texts.library.search}
      onChange={(event) => onWords(event.target.value)}
    />
  );
}

interface VideosProperties {
  videos: readonly VideoResponse[];
  total: number;
  onMore: () => void;
  onChanged: () => void;
}

function Videos({ videos, total, onMore, onChanged }: VideosProperties) {
  return (
    <>
      <ul className="cards" aria-label={texts.library.count(formatCount(total), total === 1)}>
        {videos.map((video) => (
          <VideoCard key={video.id} video={video} onDeleted={onChanged} />
        ))}
      </ul>
      {videos.length < total && (
        <button type="button" className="button more" onClick={onMore}>
          {texts.library.more}
        </button>
      )}
    </>
  );
}

export function LibraryPage() {
  useTitle(texts.library.title);
  const choice = useVideoChoice();
  const [words, setWords] = useState("");
  const [count, setCount] = useState(firstCount);
  const wanted = useDeferredValue(words.trim());
  const uploaded = useUploads().filter(({ state }) => state.name === "done").length;
  const { loaded, reload } = useLoaded(
    `${wanted}\n${count}\n${uploaded}`,
    (signal) => firstVideos(wanted, count, signal),
    true,
  );
  const isEmpty = loaded.state === "loaded" && loaded.value.total === 0 && loaded.value.words === "" && words === "";
  return (
    <>
      <div className="page-head">
        <h1>{texts.library.title}</h1>
        {!isEmpty && (
          <div className="library-tools">
            <Search words={words} onWords={setWords} />
            <NoteForVideos />
            <AddVideos onOpen={choice.open} />
          </div>
        )}
      </div>
      <VideoChoice input={choice.input} />
      <UploadList />
      <WhenLoaded loaded={loaded} onAgain={reload}>
        {({ words: sought, items, total }) => {
          if (isEmpty) return <EmptyLibrary onAdd={choice.open} />;
          if (total === 0) return <NoMatch words={sought} onShowAll={() => setWords("")} />;
          return <Videos videos={items} total={total} onMore={() => setCount(count + firstCount)} onChanged={reload} />;
        }}
      </WhenLoaded>
    </>
  );
}
