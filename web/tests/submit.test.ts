import { statSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { texts } from "../src/texts";
import { bodyModel, clip, isBodyModelLacking, isLacking } from "./footage";
import { Service } from "./service";
import { openBrowser, Visitor } from "./visit";

describe.skipIf(isLacking)("the forms", () => {
  let service: Service;
  let browser: Browser;
  let video = 0;
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run({ POSED_SAM3DBODY_DIR: bodyModel }), openBrowser()]);
    video = (await service.ingest(clip("sit_to_stand_rotation_metadata.mp4"))).id;
    await service.estimate(video);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  it("begin as the video is, say the cost, and mark what the service refuses", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    const rate = page.getByLabel("Frames per s");
    expect([await rate.inputValue(), await page.getByLabel("Length (s)").inputValue()]).toEqual(["30", "5"]);
    await expect
      .poll(() => page.locator(".cost").innerText())
      .toMatch(/^150 frames: 5 s at 30 a second\. That takes about \d+ s, going by earlier runs here\.$/);
    await rate.fill("12,5");
    await page.getByLabel("Start (s)").fill("3");
    expect(await page.locator(".cost").innerText()).toContain("25 frames: 2 s at 12.5 a second");
    await page.getByLabel("Estimator").selectOption("blazepose-heavy");
    expect(await page.locator(".cost").innerText()).toContain(texts.submit.unknownDuration);
    await rate.fill("fast");
    await page.getByText("More choices").click();
    await page.getByLabel("Width at most").fill("0");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("alert").waitFor();
    for (const field of [rate, page.getByLabel("Width at most")]) {
      expect(await field.getAttribute("aria-invalid")).toBe("true");
      const notes = await field.getAttribute("aria-describedby");
      expect(await page.locator(`[id="${notes}"] .field-error`).innerText()).not.toBe("");
    }
    expect(await rate.inputValue()).toBe("fast");
    await page.getByRole("button", { name: texts.submit.reset }).click();
    expect(await rate.inputValue()).toBe("30");
    await visitor.leave();
  });

  it("remember what was chosen", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    await page.getByLabel("Estimator").selectOption("blazepose-full");
    await page.getByLabel("Frames per s").fill("4");
    await page.getByLabel("Length (s)").fill("1");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("It is being worked on").waitFor();
    await page.reload();
    await expect.poll(() => page.getByLabel("Frames per s").inputValue()).toBe("4");
    expect(await page.getByLabel("Estimator").inputValue()).toBe("blazepose-full");
    expect(await page.getByLabel("Length (s)").inputValue()).toBe("5");
    await visitor.leave();
  });

  it("make a rendering that can be downloaded, and deleted", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    const result = page.locator(".result").last();
    await result.getByRole("button", { name: "Render a video" }).click();
    const form = page.getByRole("dialog");
    await form.getByLabel("Box around each person").check();
    await form.getByLabel("Quality (x264 CRF)").fill("99");
    await form.getByRole("button", { name: "Render", exact: true }).click();
    await form.locator(".field-error").first().waitFor();
    await form.getByLabel("Quality (x264 CRF)").fill("30");
    await form.getByLabel("Effort of the encoder").selectOption("ultrafast");
    await form.getByRole("button", { name: "Render", exact: true }).click();
    const link = page.getByRole("link", { name: "Download Rendering 1" });
    await link.waitFor();
    expect(await page.locator(".rendering").innerText()).toContain(
      "skeleton, key points, boxes; ultrafast, quality 30",
    );
    const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
    expect(download.suggestedFilename()).toMatch(/\.mp4$/);
    expect(statSync(await download.path()).size).toBeGreaterThan(1000);
    await page.getByRole("button", { name: "Delete rendering 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => page.locator(".rendering").count()).toBe(0);
    await visitor.leave();
  });

  it.skipIf(isBodyModelLacking())("offer the body's surface where it is stored", async () => {
    await service.estimate(video, { seconds: 0.4, estimator: "sam-3d-body", include_mesh: true });
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    const form = page.getByRole("dialog");
    const surface = form.getByLabel(texts.submit.surface);
    const without = page.locator(".result", { hasNotText: "sam-3d-body" }).first();
    await without.getByRole("button", { name: "Render a video" }).click();
    await form.getByLabel(texts.submit.skeleton).waitFor();
    expect(await surface.count()).toBe(0);
    await form.getByRole("button", { name: texts.dialog.close }).first().click();
    const result = page.locator(".result", { hasText: "sam-3d-body" });
    await result.getByRole("button", { name: "Render a video" }).click();
    await surface.check();
    await form.getByLabel("Effort of the encoder").selectOption("ultrafast");
    await form.getByRole("button", { name: "Render", exact: true }).click();
    await result.locator(".rendering").waitFor();
    expect(await result.locator(".rendering").innerText()).toContain("key points, surface; ultrafast");
    await visitor.leave();
  });
});
