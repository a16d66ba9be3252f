import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { texts } from "../src/texts";
import { clip, isLacking } from "./footage";
import { Service } from "./service";
import { openBrowser, overflow, seriousFaults, Visitor } from "./visit";

/** Presses Tab until the focus is on what the selector names. */
async function tabTo(page: Page, selector: string) {
  for (let presses = 0; presses < 60; ++presses) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
  }
  throw new Error(`no Tab leads to ${selector}`);
}

describe.skipIf(isLacking)("every page", () => {
  let service: Service;
  let browser: Browser;
  const addresses = ["#/", "#/videos/1", "#/tasks", "#/videos/99", "#/nowhere"];
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run(), openBrowser()]);
    await service.ingest(clip("sit_to_stand_rotation_metadata.mp4"), `${"a_long_name_".repeat(8)}.mp4`);
    await service.estimate(1);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  it.each([
    { width: 1280, colorScheme: "light" },
    { width: 1280, colorScheme: "dark" },
    { width: 390, colorScheme: "light" },
    { width: 390, colorScheme: "dark" },
  ] as const)("fits and is accessible: $width px, $colorScheme", async (look) => {
    const visitor = await Visitor.come(browser, service.url, { ...look, height: 844, reducedMotion: "reduce" });
    for (const address of addresses) {
      const page = await visitor.open(address);
      await page.locator("h1, .notice h2").first().waitFor();
      await expect.poll(() => page.locator(".loading").count()).toBe(0);
      expect(await overflow(page), address).toBeLessThanOrEqual(0);
      expect(await seriousFaults(page), address).toEqual([]);
      await page.close();
    }
    await visitor.leave();
  });

  it("has dialogs that are accessible too", async () => {
    const visitor = await Visitor.come(browser, service.url, { reducedMotion: "reduce" });
    const page = await visitor.open("#/videos/1");
    await page.getByRole("button", { name: "Render a video" }).click();
    expect(await seriousFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Delete result 1" }).click();
    expect(await seriousFaults(page)).toEqual([]);
    await visitor.leave();
  });

  it("can be used by the keyboard alone", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.locator(".card").waitFor();
    await tabTo(page, ".skip");
    await page.keyboard.press("Enter");
    await tabTo(page, ".card-link");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Estimate the motion" }).waitFor();
    await page.getByLabel("Frames per s").waitFor();
    await tabTo(page, ".submit-form .button-primary");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".result").count()).toBe(2);
    await visitor.leave();
  });

  it("keeps the look that was chosen", async () => {
    const visitor = await Visitor.come(browser, service.url, { colorScheme: "light" });
    const page = await visitor.open();
    const canvas = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await canvas();
    await page.getByLabel("Appearance").selectOption("dark");
    const dark = await canvas();
    expect(dark).not.toBe(light);
    await page.reload();
    await page.getByLabel("Appearance").waitFor();
    expect(await canvas()).toBe(dark);
    await visitor.leave();
  });

  it("says that the service is away, and comes back with it", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.locator(".card").waitFor();
    await service.stop();
    await page.getByText("The service does not answer. Trying again…").waitFor();
    await page.evaluate(() => (window.location.hash = "#/videos/1"));
    await page.getByRole("heading", { name: "The service does not answer" }).waitFor();
    await service.start();
    await page.getByRole("heading", { name: "Estimate the motion" }).waitFor();
    await visitor.leave();
  });

  it("comes from the program alone, packed, under a strict policy", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const requested: string[] = [];
    visitor.context.on("request", (request) => requested.push(request.url()));
    const page = await visitor.open();
    await page.locator(".card img").waitFor();
    expect(requested.filter((url) => !url.startsWith(service.url))).toEqual([]);
    const policy = (await fetch(service.url)).headers.get("Content-Security-Policy");
    expect(policy).toContain("script-src 'self';");
    const scripts = requested.filter((url) => url.endsWith(".js"));
    let packedBytes = 0;
    for (const url of scripts) {
      const response = await fetch(url, { headers: { "Accept-Encoding": "gzip" } });
      expect(response.headers.get("Content-Encoding")).toBe("gzip");
      expect(response.headers.get("Cache-Control")).toContain("immutable");
      packedBytes += Number(response.headers.get("Content-Length"));
    }
    console.log(`the first view takes ${packedBytes} bytes of script, packed`);
    expect(packedBytes).toBeGreaterThan(10_000);
    expect(packedBytes).toBeLessThan(200_000);
    await visitor.leave();
  });
});

describe.skipIf(isLacking)("a service with a token", () => {
  it("asks for it once, and then shows pictures and downloads as well", async () => {
    const service = await Service.run({ POSED_API_TOKEN: "a-token-for-this-test" });
    onTestFinished(() => service.end());
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.locator("#token").fill("a-token-for-this-test");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: texts.library.emptyTitle }).waitFor();
    await page.locator("input[type=file]").setInputFiles(clip("squats_woman_portrait_5fps.mov"));
    const image = page.locator(".card img");
    await expect.poll(() => image.evaluate((picture: HTMLImageElement) => picture.naturalWidth)).toBeGreaterThan(0);
    await page.locator(".card-link").click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).click(),
    ]);
    expect(download.suggestedFilename()).toBe("squats_woman_portrait_5fps.mov");
    await visitor.leave();
  });
});
