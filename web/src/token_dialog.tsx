import { type FormEvent, useState, useSyncExternalStore } from "react";
import { giveToken, tokenIsWanted, watchToken } from "./api/token";
import { Dialog } from "./controls/dialog";
import { texts } from "./texts";

/** Asks for the token when the service has refused a request for want of it. */
export function TokenDialog() {
  const isWanted = useSyncExternalStore(watchToken, tokenIsWanted);
  const [text, setText] = useState("");
  if (!isWanted) return null;
  const give = (event: FormEvent) => {
    event.preventDefault();
    giveToken(text.trim());
    setText("");
  };
  return (
    <Dialog title={texts.token.title} onClose={() => undefined}>
      <form onSubmit={give}>
        <p className="soft">{texts.token.hint}</p>
        <div className="field">
          <label htmlFor="token">{texts.token.label}</label>
          <input
            id="token"
            className="input"
            type="password"
            autoComplete="current-password"
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <div className="dialog-buttons">
          <button type="submit" className="button button-primary" disabled={text.trim() === ""}>
            {texts.token.give}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
