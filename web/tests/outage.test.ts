import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { texts } from "../src/texts";
import { clip, isLacking } from "./footage";
import { Service } from "./service";
import { openBrowser, Visitor } from "./visit";

const rate = 5;

/** More than a browser reads ahead. */
function makeLongClip(folder: string): string {
  const path = join(folder, "long.mp4");
  const source = ["-stream_loop", "11", "-i", clip("juggling_man_720p24.mp4")];
  execFileSync("ffmpeg", ["-v", "error", ...source, "-c", "copy", path]);
  return path;
}

/** The service stops while somebody looks, and comes back under the same address. */
describe.skipIf(isLacking)("a service that goes and comes back", () => {
  const folder = mkdtempSync(join(tmpdir(), "posed-outage-"));
  let service: Service;
  let browser: Browser;
  let visitor: Visitor;
  let result = 0;
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run(), openBrowser()]);
    await service.ingest(clip("squats_woman_portrait_5fps.mov"));
    const video = await service.ingest(makeLongClip(folder));
    result = (await service.estimate(video.id, { rate, seconds: 600 })).result!.resource_id;
  });
  // Whatever the browser complained of, rejections that nobody handles among it, fails the test.
  afterEach(() => visitor.leave());
  afterAll(async () => {
    await browser?.close();
    await service?.end();
    rmSync(folder, { recursive: true });
  });

  const come = async (hash: string) => {
    visitor = await Visitor.come(browser, service.url);
    return visitor.open(hash);
  };
  const saysAway = (page: Page) => page.getByText(texts.state.awayBanner).waitFor();
  const saysNothing = (page: Page) => expect.poll(() => page.locator(".banner").count()).toBe(0);

  it("keeps the library, and looks for videos again by itself", async () => {
    const page = await come("#/");
    await expect.poll(() => page.locator(".card").count()).toBe(2);
    await service.stop();
    await saysAway(page);
    expect(await page.locator(".card").count()).toBe(2);
    await page.getByRole("searchbox").fill("squats");
    await page.getByRole("heading", { name: texts.state.awayTitle }).waitFor();
    await page.getByText(texts.state.away).waitFor();
    await service.start();
    await expect.poll(() => page.locator(".card").count()).toBe(1);
    await saysNothing(page);
    const poster = page.locator(".card img");
    await expect.poll(() => poster.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0);
  });

  it("opens a result that was asked for meanwhile, though the viewer itself had not come yet", async () => {
    const page = await come("#/");
    await page.locator(".card").first().waitFor();
    await service.stop();
    await saysAway(page);
    await page.evaluate((id) => (window.location.hash = `#/estimations/${id}?frame=7`), result);
    await page.getByRole("heading", { name: texts.state.awayTitle }).waitFor();
    await service.start();
    await page.waitForFunction(() => window.posedViewer?.standing?.().frame === 7);
    await saysNothing(page);
  });

  it("goes on playing where it was", async () => {
    const page = await come(`#/estimations/${result}`);
    await page.getByRole("button", { name: texts.viewer.play }).click();
    await expect.poll(() => shown(page)).toBeGreaterThan(3);
    await service.stop();
    await saysAway(page);
    // Far from what the browser has read ahead.
    await page.evaluate((id) => (window.location.hash = `#/estimations/${id}?frame=500`), result);
    await page.getByText(texts.viewer.videoWaits).waitFor();
    await page.getByText(texts.viewer.videoAway).waitFor(); // when the browser itself has given up
    await page.getByRole("heading", { name: texts.viewer.plots }).waitFor();
    await service.start();
    await expect.poll(() => page.getByText(texts.viewer.videoAway).count()).toBe(0);
    await expect.poll(() => shown(page)).toBeGreaterThan(500);
    const before = await shown(page);
    await expect.poll(() => shown(page)).toBeGreaterThan(before);
    await saysNothing(page);
  });
});

const shown = (page: Page) => page.evaluate(() => window.posedViewer?.standing?.().frame ?? -1);
