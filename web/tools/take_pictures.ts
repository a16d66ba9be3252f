import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { badFile, clip, isLacking } from "../tests/footage";
import { Service } from "../tests/service";
import { type Look, openBrowser, Visitor } from "../tests/visit";

/** Pictures of every view in every look, of a service of its own with real footage: take_pictures FOLDER [WIDTH]. */
const [folder, onlyWidth] = process.argv.slice(2);
if (!folder || isLacking)
  throw new Error("take_pictures FOLDER [WIDTH], with the footage, Chromium and a built program");
mkdirSync(folder, { recursive: true });

const widths = onlyWidth ? [Number(onlyWidth)] : [1280, 390];
const looks = widths.flatMap((width) =>
  (["light", "dark"] as const).map((colorScheme) => ({ width, height: width === 390 ? 844 : 800, colorScheme })),
);

interface View {
  name: string;
  address: string;
  /** What has to be there before the picture is taken, and what brings it there. */
  prepare: (page: Page) => Promise<unknown>;
}

/** As on a machine with a graphics card, where edges are smooth. */
async function come(browser: Browser, url: string, look: Look) {
  const visitor = await Visitor.come(browser, url, { ...look, reducedMotion: "reduce" });
  await visitor.context.addInitScript(() => {
    const known = WebGL2RenderingContext.prototype.getExtension as (name: string) => unknown;
    WebGL2RenderingContext.prototype.getExtension = function (this: WebGL2RenderingContext, name: string) {
      return name === "WEBGL_debug_renderer_info" ? null : known.call(this, name);
    } as typeof WebGL2RenderingContext.prototype.getExtension;
  });
  return visitor;
}

async function take(browser: Browser, url: string, views: readonly View[], chosen: readonly Look[] = looks) {
  for (const look of chosen) {
    const visitor = await come(browser, url, look);
    for (const { name, address, prepare } of views) {
      const page = await visitor.open(address);
      await prepare(page);
      await save(page, name, look);
      await page.close();
    }
    await visitor.leave();
  }
}

/** The whole page to look at, and the window as JPEG, small enough to show in a README. */
async function save(page: Page, name: string, { width, colorScheme }: Look) {
  const path = join(folder!, `${name}-${width}-${colorScheme}`);
  // Those further down come when they are scrolled to, as a rule.
  await page.evaluate(() => [...document.images].forEach((image) => (image.loading = "eager")));
  await page.waitForFunction(() => [...document.images].every((image) => image.complete));
  await page.screenshot({ path: `${path}.jpg`, type: "jpeg", quality: 68 });
  await page.screenshot({ path: `${path}.png`, fullPage: true });
}

const seen = (selector: string) => (page: Page) => page.locator(selector).first().waitFor();
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).first();

async function viewerStands(page: Page) {
  await page.waitForFunction(() => {
    const { drawn, standing } = window.posedViewer ?? {};
    return drawn && standing && drawn().frame === standing().frame && !document.querySelector(".pane-wait");
  });
  await seen(".legend strong")(page);
}

async function refusedUpload(page: Page) {
  await seen(".card")(page);
  await page
    .locator("input[type=file]")
    .setInputFiles([badFile("text_renamed.mp4"), clip("people_come_and_go_10fps.mp4")]);
  await seen(".upload-reason")(page);
  await seen(".upload-done")(page);
}

const emptyViews: View[] = [
  { name: "library-empty", address: "#/", prepare: seen(".first-video") },
  { name: "work-empty", address: "#/tasks", prepare: seen(".empty") },
];

const fullViews: View[] = [
  { name: "library", address: "#/", prepare: seen(".card-badges > *") },
  {
    name: "library-no-match",
    address: "#/",
    prepare: async (page) => {
      await page.getByRole("searchbox").fill("somersault");
      await seen(".empty")(page);
    },
  },
  { name: "library-uploads", address: "#/", prepare: refusedUpload },
  { name: "video-new", address: "#/videos/3", prepare: seen(".cost") },
  { name: "video-results", address: "#/videos/1", prepare: seen(".cost") },
  {
    name: "video-refused",
    address: "#/videos/1",
    prepare: async (page) => {
      await page.getByLabel("Frames per s").fill("fast");
      await button(page, "Start").click();
      await seen(".field-error")(page);
    },
  },
  {
    name: "render",
    address: "#/videos/1",
    prepare: async (page) => {
      await button(page, "Render a video").click();
      await seen("dialog .button-primary")(page);
    },
  },
  {
    name: "delete",
    address: "#/videos/1",
    prepare: async (page) => {
      await button(page, "Delete video").click();
      await seen("dialog")(page);
    },
  },
  { name: "viewer", address: "#/estimations/1?frame=88", prepare: viewerStands },
  { name: "viewer-portrait", address: "#/estimations/2?frame=60", prepare: viewerStands },
  { name: "viewer-nobody", address: "#/estimations/3", prepare: seen(".take-along") },
  { name: "gone", address: "#/estimations/99", prepare: seen(".notice") },
  { name: "unknown", address: "#/nowhere", prepare: seen("h1") },
];

const busyViews: View[] = [
  { name: "work", address: "#/tasks", prepare: seen(".task progress") },
  { name: "video-at-work", address: "#/videos/2", prepare: seen(".task progress") },
  { name: "library-at-work", address: "#/", prepare: seen(".badge-accent") },
];

async function submit(service: Service, change: Record<string, unknown>) {
  const body = { target_width: 1280, target_height: 1280, target_fps: 60, duration_seconds: 60, ...change };
  await fetch(`${service.url}/estimations/submit/`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ estimator: "blazepose-heavy", ...body }),
  });
}

/** What each look sees of a service that stops while it is being looked at. */
async function takeAway(browser: Browser, service: Service) {
  for (const look of looks) {
    const visitor = await come(browser, service.url, look);
    const page = await visitor.open();
    await seen(".card")(page);
    await service.stop();
    await seen(".banner")(page);
    await save(page, "library-away", look);
    await page.evaluate(() => (window.location.hash = "#/videos/1"));
    await seen(".notice")(page);
    await save(page, "video-away", look);
    await service.start();
    await visitor.leave();
  }
}

const service = await Service.run();
const browser = await openBrowser();
try {
  await take(browser, service.url, emptyViews);
  const names = ["juggling_man_720p24", "sit_to_stand_portrait_60fps", "walk_lab_edit_list", "flower_no_person"];
  for (const name of names) await service.ingest(clip(`${name}.mp4`));
  await service.ingest(clip("squats_woman_portrait_5fps.mov"));
  await service.ingest(clip("two_people_park_vp9.webm"));
  await service.estimate(1, { rate: 24, seconds: 60 });
  await service.estimate(2, { rate: 30, seconds: 60 });
  await service.estimate(4, { rate: 10, seconds: 5 });
  await take(browser, service.url, fullViews);
  for (const [video_id, target_fps] of [2, 1, 6].flatMap((id) => [120, 240, 480].map((rate) => [id, rate])))
    await submit(service, { video_id, target_fps });
  await take(browser, service.url, busyViews);
  await takeAway(browser, service);
} finally {
  await browser.close();
  await service.end();
}
