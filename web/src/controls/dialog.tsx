import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { asFailure, type Failure } from "../api/failure";
import { texts } from "../texts";
import { FailureNotice } from "./states";

interface DialogProperties {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the page. The browser keeps the focus in it, and Escape closes it. */
export function Dialog({ title, onClose, children }: DialogProperties) {
  const dialog = useRef<HTMLDialogElement>(null);
  const name = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog className="dialog" ref={dialog} aria-labelledby={name} onClose={onClose}>
      <div className="dialog-body">
        <h2 id={name}>{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

interface ConfirmationProperties {
  title: string;
  text: string;
  confirm: string;
  refuse?: string;
  act: () => Promise<unknown>;
  onClose: () => void;
}

/** Asks before something that cannot be undone. Stays open, with the reason, when that fails. */
export function Confirmation({ title, text, confirm, refuse, act, onClose }: ConfirmationProperties) {
  const [isActing, setActing] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const run = async () => {
    setActing(true);
    try {
      await act();
      onClose();
    } catch (thrown) {
      setFailure(asFailure(thrown));
      setActing(false);
    }
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <p className="soft">{text}</p>
      {failure && <FailureNotice failure={failure} />}
      <div className="dialog-buttons">
        <button type="button" className="button" onClick={onClose} autoFocus>
          {refuse ?? texts.dialog.cancel}
        </button>
        <button type="button" className="button button-danger" onClick={run} disabled={isActing}>
          {confirm}
        </button>
      </div>
    </Dialog>
  );
}
