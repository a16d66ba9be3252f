import { Component, type ReactNode } from "react";
import { texts } from "./texts";

/** Shows words instead of a blank page when drawing it throws. */
export class Boundary extends Component<{ children: ReactNode }, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    if (!this.state.isBroken) return this.props.children;
    return (
      <main className="empty">
        <h1>{texts.state.brokenTitle}</h1>
        <p>{texts.state.broken}</p>
        <button type="button" className="button button-primary" onClick={() => window.location.reload()}>
          {texts.state.reloadPage}
        </button>
      </main>
    );
  }
}
