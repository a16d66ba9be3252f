import { useEffect } from "react";
import { speeds } from "./playback";
import { viewNames } from "./scene";
import { chosen, followed, surfaceSwitched, type Eye } from "./space_pane";
import { stepped, wholeOf } from "./time_line";
import { loopFrom, loopTo } from "./transport";
import type { Viewing } from "./viewing";

type SetEye = (change: (eye: Eye) => Eye) => void;

/** The keys of the page, wherever the focus is, except where a key means something already. */
export function useKeys(viewing: Viewing, setEye: SetEye): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey || isTaken(event)) return;
      const act = actionOf(event, viewing, setEye);
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, [viewing, setEye]);
}

function isTaken({ key, target }: KeyboardEvent): boolean {
  if (!(target instanceof Element)) return false;
  if (target.closest("dialog, input:not([type=checkbox]), select, textarea, pre")) return true;
  return key === " " && target.closest("button, a, summary, input") !== null;
}

function actionOf(event: KeyboardEvent, viewing: Viewing, setEye: SetEye): (() => void) | undefined {
  const { playback, archive } = viewing;
  const steps = event.shiftKey ? 10 : 1;
  const go = (count: number) => () => {
    playback.pause();
    playback.show(stepped(playback.moment().frame, count, archive.index));
  };
  const actions: Record<string, () => void> = {
    " ": () => playback.toggle(),
    ArrowLeft: go(-steps),
    ArrowRight: go(steps),
    Home: () => playback.show(0),
    End: () => playback.show(wholeOf(archive).last),
    i: () => loopFrom(playback, archive.index),
    o: () => loopTo(playback, archive.index),
    x: () => playback.setLoop(null),
    "<": () => changeSpeed(viewing, -1),
    ">": () => changeSpeed(viewing, 1),
    f: () => setEye(followed),
    ...(viewing.shownMesh && { b: () => setEye(surfaceSwitched) }),
  };
  viewNames.forEach((name, number) => (actions[String(number + 1)] = () => setEye(chosen(name))));
  return actions[event.key.length === 1 ? event.key.toLowerCase() : event.key];
}

function changeSpeed({ playback }: Viewing, direction: number): void {
  const all: readonly number[] = speeds;
  const next = all[all.indexOf(playback.moment().speed) + direction];
  if (next !== undefined) playback.setSpeed(next);
}
