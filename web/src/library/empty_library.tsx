import { readLimits } from "../api/client";
import { useLoaded } from "../api/use_loaded";
import { Icon } from "../controls/icon";
import { texts } from "../texts";
import { AddVideos, NoteForVideos } from "./add_videos";

const containerNames: Record<string, string> = { mp4: "MP4", mov: "MOV", webm: "WebM", matroska: "Matroska" };

function listed(containers: readonly string[]): string {
  const names = containers.map((name) => containerNames[name] ?? name);
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}

export function EmptyLibrary({ onAdd }: { onAdd: () => void }) {
  const { loaded } = useLoaded("limits", readLimits);
  const containers = loaded.state === "loaded" ? listed(loaded.value.containers) : texts.library.anyContainer;
  return (
    <section className="empty first-video">
      <Icon name="film" size={56} />
      <h2>{texts.library.emptyTitle}</h2>
      <p>{texts.library.empty(containers)}</p>
      <AddVideos onOpen={onAdd} />
      <NoteForVideos />
    </section>
  );
}

export function NoMatch({ words, onShowAll }: { words: string; onShowAll: () => void }) {
  return (
    <section className="empty" role="status">
      <Icon name="search" size={56} />
      <h2>{texts.library.noMatchTitle}</h2>
      <p>{texts.library.noMatch(words)}</p>
      <button type="button" className="button" onClick={onShowAll}>
        {texts.library.showAll}
      </button>
    </section>
  );
}
