import { type ComponentProps, useEffect, useRef } from "react";
import { request } from "./api/client";
import { Away } from "./api/failure";
import { useLoaded } from "./api/use_loaded";
import { WhenLoaded } from "./controls/states";
import { Frame } from "./frame";
import { DropArea } from "./library/drop_area";
import { LibraryPage } from "./library/library_page";
import { VideoPage } from "./library/video_page";
import { libraryAddress, type Place, usePlace } from "./routes";
import { texts } from "./texts";
import { WorkPage } from "./work/work_page";

let hasViewerFailed = false;

/** What once failed to load stays so in the browser until the page is loaded anew. */
async function loadViewer() {
  if (hasViewerFailed) {
    await request("/health/shallow/");
    return new Promise<never>(() => window.location.reload());
  }
  try {
    return await import("./viewer/viewer_page");
  } catch (error) {
    hasViewerFailed = true;
    throw new Away(String(error));
  }
}

type ViewerModule = Awaited<ReturnType<typeof loadViewer>>;

/** Comes by itself when it is wanted: its 3D and plots are most of the script, and not every visit comes to it. */
function Viewer(properties: ComponentProps<ViewerModule["ViewerPage"]>) {
  const { loaded, reload } = useLoaded("viewer", loadViewer);
  return (
    <WhenLoaded loaded={loaded} onAgain={reload}>
      {({ ViewerPage }) => <ViewerPage {...properties} />}
    </WhenLoaded>
  );
}

function UnknownPage() {
  return (
    <div className="empty">
      <h1 tabIndex={-1}>{texts.state.unknownTitle}</h1>
      <p>{texts.state.unknown}</p>
      <a className="button" href={libraryAddress}>
        {texts.state.goneLink}
      </a>
    </div>
  );
}

function PageOf({ place }: { place: Place }) {
  switch (place.page) {
    case "library":
      return <LibraryPage />;
    case "video":
      return <VideoPage key={place.videoId} videoId={place.videoId} />;
    case "work":
      return <WorkPage />;
    case "viewer":
      return <Viewer key={place.estimationId} estimationId={place.estimationId} frame={place.frame} />;
    case "unknown":
      return <UnknownPage />;
  }
}

/** What tells two pages apart, so that a new frame of the same viewer is no new page. */
function nameOf(place: Place): string {
  if (place.page === "video") return `video ${place.videoId}`;
  if (place.page === "viewer") return `viewer ${place.estimationId}`;
  return place.page;
}

export function Application() {
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const name = nameOf(place);
  const shown = useRef(name);
  useEffect(() => {
    if (shown.current === name) return;
    shown.current = name;
    // A new page begins at its top, for the eye and for a screen reader.
    window.scrollTo(0, 0);
    main.current?.focus({ preventScroll: true });
  }, [name]);
  return (
    <DropArea>
      <Frame place={place}>
        <main id="content" className="page" ref={main} tabIndex={-1}>
          <PageOf place={place} />
        </main>
      </Frame>
    </DropArea>
  );
}
