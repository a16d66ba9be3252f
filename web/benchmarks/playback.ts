import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { clip, isLacking } from "../tests/footage";
import { Service } from "../tests/service";
import { openBrowser, Visitor } from "../tests/visit";

/**
 * How many frames a second the viewer draws while it plays a long result with its curves: playback [SECONDS]. A clip is
 * looped to the length, estimated by a service of its own, and opened in Chromium, whose 3D is drawn without a graphics
 * card. A frame counts when picture, skeleton and 3D view have come to it by the time the browser draws.
 */
if (isLacking) throw new Error("the footage, Chromium and a built program are needed");
const seconds = Number(process.argv[2] ?? 10);
const frames = 10_000;
const rate = 24;

function makeLongClip(folder: string): string {
  const path = join(folder, "long.mp4");
  const source = ["-stream_loop", "-1", "-i", clip("juggling_man_720p24.mp4")];
  execFileSync("ffmpeg", ["-v", "error", ...source, "-c", "copy", "-frames:v", String(frames + rate), path]);
  return path;
}

interface Played {
  seconds: number;
  /** Frames of the source that all views came to. */
  drawn: number;
  /** How often the browser drew at all. */
  turns: number;
  droppedByVideo: number;
}

/** Runs in the page: counts while it plays. */
function count(milliseconds: number): Promise<Played> {
  const video = document.querySelector("video")!;
  const droppedBefore = video.getVideoPlaybackQuality().droppedVideoFrames;
  const begin = performance.now();
  let turns = 0;
  let last = -1;
  let count = 0;
  return new Promise((resolve) => {
    requestAnimationFrame(function look(now) {
      ++turns;
      const frame = window.posedViewer?.drawn?.().frame ?? last;
      if (frame !== last && window.posedViewer?.standing?.().frame === frame) {
        last = frame;
        ++count;
      }
      if (now - begin < milliseconds) requestAnimationFrame(look);
      else
        resolve({
          seconds: (now - begin) / 1000,
          drawn: count,
          turns,
          droppedByVideo: video.getVideoPlaybackQuality().droppedVideoFrames - droppedBefore,
        });
    });
  });
}

async function open(visitor: Visitor, estimation: number): Promise<Page> {
  const page = await visitor.open(`#/estimations/${estimation}`);
  await page.waitForFunction(() => !document.querySelector(".pane-wait") && window.posedViewer?.standing);
  await page.waitForFunction(() => /^\d/.test(document.querySelector(".legend strong")?.textContent ?? ""));
  return page;
}

/** Bytes of script as they travel before the first view. */
async function scriptBytes(visitor: Visitor, address: string): Promise<number> {
  let bytes = 0;
  const page = await visitor.context.newPage();
  page.on("response", async (response) => {
    if (response.url().endsWith(".js")) bytes += Number((await response.allHeaders())["content-length"]);
  });
  await page.goto(address);
  await page.locator("h1").waitFor();
  await page.close();
  return bytes;
}

const folder = mkdtempSync(join(tmpdir(), "posed-playback-"));
const service = await Service.run();
const browser = await openBrowser();
try {
  const video = await service.ingest(makeLongClip(folder));
  const task = await service.estimate(video.id, { rate, seconds: frames / rate });
  if (!task.result) throw new Error(task.error?.detail);
  const estimation = task.result.resource_id;
  const visitor = await Visitor.come(browser, service.url);
  const first = await scriptBytes(visitor, service.url);
  console.log(`first view: ${first} bytes of script, packed`);
  const page = await open(visitor, estimation);
  console.log("playing:\n");
  console.log("| speed | source, frames/s | drawn, frames/s | turns of the browser/s | dropped by the video |");
  console.log("|---|---|---|---|---|");
  for (const speed of [1, 2]) {
    await page.getByLabel("Speed").selectOption(String(speed));
    await page.getByRole("button", { name: "Play" }).click();
    const played = await page.evaluate(count, seconds * 1000);
    const perSecond = (number: number) => (number / played.seconds).toFixed(1);
    const numbers = [rate * speed, perSecond(played.drawn), perSecond(played.turns), played.droppedByVideo];
    console.log(`| ${speed} | ${numbers.join(" | ")} |`);
    await page.getByRole("button", { name: "Pause" }).click();
  }
  await visitor.leave();
} finally {
  await browser.close();
  await service.end();
  rmSync(folder, { recursive: true });
}
