import { type ReactNode, useSyncExternalStore } from "react";
import { useTaskNews } from "./api/task_feed";
import { isOpen } from "./api/task_table";
import { tokenIsWanted, watchToken } from "./api/token";
import { Mark } from "./controls/icon";
import { libraryAddress, type Place, workAddress } from "./routes";
import { texts } from "./texts";
import { chooseTheme, readTheme, type Theme, useTheme } from "./theme";
import { TokenDialog } from "./token_dialog";

const themes: Theme[] = ["system", "light", "dark"];

function ThemeSwitch() {
  const theme = useTheme();
  return (
    <select
      className="theme"
      aria-label={texts.theme.label}
      value={theme}
      onChange={(event) => chooseTheme(readTheme(event.target.value))}
    >
      {themes.map((name) => (
        <option key={name} value={name}>
          {texts.theme[name]}
        </option>
      ))}
    </select>
  );
}

/** How many tasks are open, for the eye a number only. */
function OpenCount() {
  const count = useTaskNews().tasks.filter(isOpen).length;
  if (count === 0) return null;
  return (
    <span className="count">
      <span aria-hidden="true">{count}</span>
      <span className="hidden">{texts.navigation.openTasks(count)}</span>
    </span>
  );
}

function AwayBanner() {
  const { connection } = useTaskNews();
  const isWanted = useSyncExternalStore(watchToken, tokenIsWanted);
  return (
    <div role="status">{connection === "away" && !isWanted && <p className="banner">{texts.state.awayBanner}</p>}</div>
  );
}

function Navigation({ place }: { place: Place }) {
  const isLibrary = place.page === "library" || place.page === "video" || place.page === "viewer";
  return (
    <nav className="navigation" aria-label={texts.navigation.label}>
      <a href={libraryAddress} aria-current={isLibrary ? "page" : undefined}>
        {texts.navigation.library}
      </a>
      <a href={workAddress} aria-current={place.page === "work" ? "page" : undefined}>
        {texts.navigation.work}
        <OpenCount />
      </a>
    </nav>
  );
}

/** Everything around the page. */
export function Frame({ place, children }: { place: Place; children: ReactNode }) {
  const skip = () => document.getElementById("content")?.focus();
  return (
    <>
      <button type="button" className="skip" onClick={skip}>
        {texts.navigation.skip}
      </button>
      <header className="header">
        <div className="header-row">
          <a className="brand" href={libraryAddress} aria-label={texts.product}>
            <Mark />
            <span>{texts.product}</span>
          </a>
          <Navigation place={place} />
          <ThemeSwitch />
        </div>
        <AwayBanner />
      </header>
      {children}
      <TokenDialog />
    </>
  );
}
