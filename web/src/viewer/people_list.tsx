import { texts } from "../texts";
import { colourOfTrack, css } from "./appearance";
import { useShown, type Viewing } from "./viewing";

const words = texts.viewer;

/** Who is in the frame, and how sure the estimator is of each. */
export function PeopleList({ viewing }: { viewing: Viewing }) {
  const { people } = useShown(viewing.shownPeople);
  return (
    <section className="people" aria-label={words.people}>
      {people?.length === 0 && <p className="soft">{words.nobodyHere}</p>}
      <ul>
        {people?.map(({ track, boxConfidence, confidence }) => {
          const points = mean(confidence);
          return (
            <li key={track} title={words.confidence(percent(boxConfidence), percent(points))}>
              <span className="person-mark" style={{ background: css(colourOfTrack(track)) }} />
              <span>{words.person(track)}</span>
              <meter
                min={0}
                max={1}
                value={clamped(points)}
                aria-label={words.confidence(percent(boxConfidence), percent(points))}
              />
              <span className="soft">{percent(points)} %</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

const clamped = (share: number) => (Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0);

const percent = (share: number) => Math.round(100 * clamped(share));

function mean(numbers: Float32Array): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
