import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Curve {
  label: string;
  colour: string;
  values: (number | null)[];
}

/** Of middle lightness, so that they stand on white as on black; in the order of the people's colours. */
const curveColours = ["#2aa876", "#b58a00", "#d9447a", "#2f86d8", "#8a63e0", "#dd7420"];

export const curveColour = (index: number) => curveColours[index % curveColours.length]!;

/** How a plot is wired to the page. */
export interface PlotEvents {
  /** The pointer is over that second; null: it has left. */
  onPoint(seconds: number | null): void;
  onClick(): void;
}

export function makePlot(
  element: HTMLElement,
  curves: Curve[],
  size: uPlot.Options["width"][],
  events: PlotEvents,
): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name);
  const axis = (): uPlot.Axis => ({
    stroke: colour("--ink-soft"),
    font: "12px system-ui, sans-serif",
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { stroke: colour("--line"), width: 1, size: 5 },
  });
  return new uPlot(
    {
      width: size[0]!,
      height: size[1]!,
      legend: { show: false },
      scales: { x: { time: false } },
      axes: [
        { ...axis(), size: 30, values: (_plot, seconds) => seconds.map(formatSeconds) },
        { ...axis(), size: 48 },
      ],
      series: [
        {},
        ...curves.map(({ label, colour: stroke }) => ({ label, stroke, width: 1.6, points: { show: false } })),
      ],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
      hooks: {
        setCursor: [(plot) => events.onPoint(secondsUnder(plot))],
        ready: [(plot) => plot.over.addEventListener("click", events.onClick)],
      },
    },
    [[], ...curves.map(() => [])],
    element,
  );
}

function secondsUnder(plot: uPlot): number | null {
  const { left } = plot.cursor;
  return left === undefined || left === null || left < 0 ? null : plot.posToVal(left, "x");
}

function formatSeconds(seconds: number): string {
  const rounded = Math.round(seconds * 1000) / 1000;
  if (rounded < 60) return `${rounded} s`;
  return `${Math.floor(rounded / 60)}:${String(Math.round((rounded % 60) * 10) / 10).padStart(2, "0")}`;
}
