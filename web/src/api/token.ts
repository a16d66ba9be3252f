/** The bearer token of a service that asks for one (POSED_API_TOKEN), kept for this browser. */
const key = "posed.token";
const listeners = new Set<() => void>();
let current: string | null = null;
let isWanted = false;

function tell() {
  for (const listener of listeners) listener();
}

export function startToken() {
  try {
    current = localStorage.getItem(key);
  } catch {
    current = null;
  }
}

export const token = () => current;

export function giveToken(text: string) {
  current = text;
  isWanted = false;
  try {
    localStorage.setItem(key, text);
  } catch {
    // Storage is switched off: the token lasts as long as the page.
  }
  tell();
}

/** The service refused a request that carried `refused`. That of a request from before is old news. */
export function wantToken(refused: string | null) {
  if (refused !== current) return;
  isWanted = true;
  tell();
}

export const tokenIsWanted = () => isWanted;

export function watchToken(changed: () => void) {
  listeners.add(changed);
  return () => listeners.delete(changed);
}

export const authorization = (): Record<string, string> => (current ? { Authorization: `Bearer ${current}` } : {});
