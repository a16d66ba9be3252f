import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { texts } from "../texts";
import { useTheme } from "../theme";
import type { Looks } from "./appearance";
import { inspect } from "./inspection";
import { Scene, viewNames, type ViewName } from "./scene";
import { useSize } from "./use_size";
import { useBodies, useShown, type Viewing } from "./viewing";

const words = texts.viewer;

export interface Eye {
  /** Which of the four was chosen, and how often: choosing one again goes back to it. */
  view: { name: ViewName; round: number };
  isFollowing: boolean;
  /** Whether the bodies' surfaces are to be seen, where the archive has them. */
  showsSurface: boolean;
}

interface SpacePaneProperties {
  viewing: Viewing;
  looks: Looks;
  eye: Eye;
  setEye: (change: (eye: Eye) => Eye) => void;
}

export const chosen =
  (name: ViewName) =>
  (eye: Eye): Eye => ({ ...eye, view: { name, round: eye.view.round + 1 } });
export const followed = (eye: Eye): Eye => ({ ...eye, isFollowing: !eye.isFollowing });
export const surfaceSwitched = (eye: Eye): Eye => ({ ...eye, showsSurface: !eye.showsSurface });

export function SpacePane({ viewing, looks, eye, setEye }: SpacePaneProperties) {
  const pane = useRef<HTMLElement>(null);
  const [canvas, setCanvas] = useState<HTMLCanvasElement | null>(null);
  const scene = useScene(viewing, canvas);
  const size = useSize(pane);
  const { frame, people } = useShown(viewing.shownPeople);

  useEffect(() => scene?.resize(size.width, size.height), [scene, size]);
  useEffect(() => {
    if (!scene) return;
    scene.show(people ?? [], looks);
    if (people) return inspect({ standing: () => ({ frame, points: scene.standing() }) });
  }, [scene, frame, people, looks]);
  useEffect(() => scene?.follow(eye.isFollowing), [scene, eye.isFollowing]);
  useEffect(() => {
    if (eye.view.round > 0) scene?.view(eye.view.name);
  }, [scene, eye.view]);
  const isCoverAway = useSurfaces(viewing, scene, eye.showsSurface);
  useColours(pane.current, scene);

  return (
    <section className="pane pane-space" aria-label={words.space} ref={pane}>
      <canvas
        ref={setCanvas}
        tabIndex={0}
        role="img"
        aria-label={`${words.space}. ${words.spaceHint}`}
        onKeyDown={(event) => turnByKey(event, scene)}
      />
      {scene === null && (
        <div className="pane-note" role="status">
          <strong>{words.noSpaceTitle}</strong>
          <span>{words.noSpace}</span>
        </div>
      )}
      {isCoverAway && (
        <div className="pane-note" role="status">
          {words.surfaceAway}
        </div>
      )}
      <div className="pane-tools" role="group" aria-label={words.views.label}>
        {viewNames.map((name) => (
          <button key={name} type="button" aria-pressed={eye.view.name === name} onClick={() => setEye(chosen(name))}>
            {words.views[name]}
          </button>
        ))}
        <button type="button" aria-pressed={eye.isFollowing} onClick={() => setEye(followed)}>
          {words.follow}
        </button>
        {viewing.shownMesh && (
          <button
            type="button"
            title={words.surfaceHint}
            aria-label={words.surfaceHint}
            aria-pressed={eye.showsSurface}
            onClick={() => setEye(surfaceSwitched)}
          >
            {words.surface}
          </button>
        )}
      </div>
    </section>
  );
}

/** Undefined until the canvas is there, null where the browser has no WebGL. */
function useScene({ archive, floor }: Viewing, canvas: HTMLCanvasElement | null): Scene | null | undefined {
  const [scene, setScene] = useState<Scene | null>();
  useEffect(() => {
    if (!canvas) return;
    const made = makeScene(canvas, archive.header, floor);
    setScene(made);
    return () => {
      made?.close();
      setScene(undefined);
    };
  }, [archive, floor, canvas]);
  return scene;
}

function makeScene(...parts: ConstructorParameters<typeof Scene>): Scene | null {
  try {
    return new Scene(...parts);
  } catch {
    return null;
  }
}

/** Says whether they are lacking because the service is away. */
function useSurfaces({ shownMesh }: Viewing, scene: Scene | null | undefined, isWanted: boolean): boolean {
  const shown = useBodies(shownMesh);
  const isDrawn = isWanted && Boolean(scene);
  useEffect(() => (isDrawn ? shownMesh?.start() : undefined), [shownMesh, isDrawn]);
  const { frame, bodies, faces } = shown ?? {};
  useEffect(() => {
    if (!scene) return;
    scene.cover(isWanted ? (bodies ?? []) : null, faces ?? null);
    if (isWanted && bodies) return inspect({ covering: () => ({ frame: frame!, bodies: scene.covering() }) });
  }, [scene, isWanted, frame, bodies, faces]);
  return isDrawn && shown !== null && shown.isAway && !shown.bodies;
}

/** The scene wears the page's colours, whatever changes them. */
function useColours(pane: HTMLElement | null, scene: Scene | null | undefined) {
  const theme = useTheme();
  useEffect(() => {
    if (!scene || !pane) return;
    const paint = () => {
      const style = getComputedStyle(pane);
      scene.paint({ ground: style.getPropertyValue("--sunken"), line: style.getPropertyValue("--line-strong") });
    };
    paint();
    const system = window.matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", paint);
    return () => system.removeEventListener("change", paint);
  }, [pane, scene, theme]);
}

const turns: Record<string, [around: number, over: number, nearer: number]> = {
  ArrowLeft: [-0.12, 0, 1],
  ArrowRight: [0.12, 0, 1],
  ArrowUp: [0, -0.12, 1],
  ArrowDown: [0, 0.12, 1],
  "+": [0, 0, 0.9],
  "-": [0, 0, 1.1],
};

function turnByKey(event: KeyboardEvent, scene: Scene | null | undefined) {
  const turn = turns[event.key];
  if (!turn || !scene || event.shiftKey) return;
  event.preventDefault();
  event.stopPropagation(); // else it would step as well
  scene.turn(...turn);
}
