import { useSyncExternalStore } from "react";

/** What the visitor chose; "system" follows the machine. */
export type Theme = "system" | "light" | "dark";

const key = "posed.theme";
const listeners = new Set<() => void>();

/** Anything but a known name counts as no choice. */
export function readTheme(text: string | null): Theme {
  return text === "light" || text === "dark" ? text : "system";
}

function storedTheme(): Theme {
  try {
    return readTheme(localStorage.getItem(key));
  } catch {
    return "system"; // storage is switched off: the choice lasts as long as the page
  }
}

let current: Theme = "system";

function show(theme: Theme) {
  current = theme;
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const listener of listeners) listener();
}

export function chooseTheme(theme: Theme) {
  try {
    localStorage.setItem(key, theme);
  } catch {
    // As above.
  }
  show(theme);
}

/** Before the first drawing, and whenever another tab chooses. */
export function startTheme() {
  show(storedTheme());
  window.addEventListener("storage", (event) => {
    if (event.key === key) show(storedTheme());
  });
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => current,
  );
}
