import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Problem } from "../src/api/schema";
import { texts } from "../src/texts";
import { badFile, clip, isLacking } from "./footage";
import { Service } from "./service";
import { openBrowser, Visitor } from "./visit";

const chooseFiles = (page: Page, paths: string[]) => page.locator("input[type=file]").setInputFiles(paths);

/** Drops a file on the page as a hand would. */
async function drop(page: Page, path: string, name: string) {
  const bytes = readFileSync(path).toString("base64");
  const data = await page.evaluateHandle(
    ([text, fileName]) => {
      const binary = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([binary], fileName));
      return transfer;
    },
    [bytes, name] as const,
  );
  await page.dispatchEvent(".drop-area", "dragenter", { dataTransfer: data });
  await page.locator(".drop-cover").waitFor();
  await page.dispatchEvent(".drop-area", "drop", { dataTransfer: data });
}

describe.skipIf(isLacking)("the library", () => {
  let service: Service;
  let browser: Browser;
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run(), openBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  it("takes several videos at once, and shows each with its picture", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.getByRole("heading", { name: texts.library.emptyTitle }).waitFor();
    await chooseFiles(page, [
      clip("juggling_man_720p24.mp4"),
      clip("sit_to_stand_rotation_metadata.mp4"),
      clip("two_people_park_vp9.webm"),
    ]);
    await expect.poll(() => page.locator(".upload-done").count()).toBe(3);
    await expect.poll(() => page.locator(".card").count()).toBe(3);
    const card = page.locator(".card", { hasText: "juggling_man_720p24.mp4" });
    expect(await card.innerText()).toContain("1280 × 720");
    await expect
      .poll(() => card.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
    await page.locator(".upload").first().getByRole("link", { name: texts.uploads.open }).click();
    await page.getByRole("heading", { name: "Estimate the motion" }).waitFor();
    await visitor.leave();
  });

  // The choice of files went away with the button of the page that still loads, and what was chosen with it.
  it("takes what was chosen before it knew that there is no video", async () => {
    const empty = await Service.run();
    onTestFinished(() => empty.end());
    const visitor = await Visitor.come(browser, empty.url);
    let answerList = () => {};
    const mayAnswer = new Promise<void>((resolve) => (answerList = resolve));
    await visitor.context.route("**/videos/?*", async (route) => {
      await mayAnswer;
      await route.continue();
    });
    const page = await visitor.open();
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Add videos" }).click();
    const chooser = await choosing;
    answerList();
    await page.getByRole("heading", { name: texts.library.emptyTitle }).waitFor();
    await chooser.setFiles([clip("juggling_man_720p24.mp4")]);
    await page.locator(".card", { hasText: "juggling_man_720p24.mp4" }).waitFor();
    await visitor.leave();
  });

  it("tells in bytes how far an upload is, and stops it when asked", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.getByRole("button", { name: "Add videos" }).waitFor();
    const network = await visitor.context.newCDPSession(page);
    const slowly = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 300_000 };
    await network.send("Network.emulateNetworkConditions", slowly);
    await chooseFiles(page, [clip("sit_to_stand_portrait_60fps.mp4")]);
    const upload = page.locator(".upload");
    await expect.poll(() => upload.innerText()).toMatch(/[1-9][\d.]* [kM]B of [\d.]+ MB/);
    expect(await upload.locator("progress").evaluate((bar: HTMLProgressElement) => bar.position)).toBeLessThan(1);
    await upload.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => upload.count()).toBe(0);
    expect(await page.locator(".card", { hasText: "portrait_60fps" }).count()).toBe(0);
    await visitor.leave();
  });

  it("takes what is dropped on it", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open("#/tasks");
    await page.getByRole("heading", { name: "Work", exact: true }).waitFor();
    await drop(page, clip("squats_woman_portrait_5fps.mov"), "squats.mov");
    await page.locator(".card", { hasText: "squats.mov" }).waitFor();
    await visitor.leave();
  });

  it.each(["text_renamed.mp4", "zero_bytes.mp4", "index_without_data.mp4", "audio_only.mp4"])(
    "says why it refuses %s, in the service's own words",
    async (name) => {
      const answer = await fetch(`${service.url}/videos/ingest/?filename=${name}`, {
        method: "POST",
        headers: { "Content-Type": "application/octet-stream" },
        body: readFileSync(badFile(name)),
      });
      const problem = (await answer.json()) as Problem;
      const visitor = await Visitor.come(browser, service.url);
      const page = await visitor.open();
      await page.getByRole("button", { name: "Add videos" }).waitFor();
      await chooseFiles(page, [badFile(name)]);
      const reason = await page.locator(".upload-reason").innerText();
      expect(reason).toContain(problem.detail);
      expect(reason).toContain(problem.suggestion ?? "");
      await page.getByRole("button", { name: "Dismiss" }).click();
      await expect.poll(() => page.locator(".upload").count()).toBe(0);
      await visitor.leave();
    },
  );

  it("keeps a note with a video, and finds it by that", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.getByText(texts.library.withNote).click();
    await page.getByLabel(texts.library.note, { exact: true }).fill("left knee hurts");
    await chooseFiles(page, [clip("walk_lab_edit_list.mp4")]);
    await page.locator(".upload-done").waitFor();
    expect(await page.getByLabel(texts.library.note, { exact: true }).inputValue()).toBe("");
    await page.getByRole("searchbox").fill("knee");
    await expect.poll(() => page.locator(".card").count()).toBe(1);
    await page.locator(".card-link").click();
    await page.getByText("left knee hurts").waitFor();
    await visitor.leave();
  });

  it("finds videos by their names", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    const search = page.getByRole("searchbox");
    await search.fill("juggling");
    await expect.poll(() => page.locator(".card").count()).toBe(1);
    await search.fill("nobody calls a video this");
    await page.getByRole("heading", { name: "Nothing matches" }).waitFor();
    expect(await search.evaluate((input) => input === document.activeElement)).toBe(true);
    await page.getByRole("button", { name: "Show all videos" }).click();
    await expect.poll(() => page.locator(".card").count()).toBe(5);
    await visitor.leave();
  });

  it("deletes a video only after asking, by the keyboard too", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    const remove = page.getByRole("button", { name: "Delete squats.mov" });
    await remove.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    expect(await remove.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await page.locator(".card").count()).toBe(5);
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.locator(".card").count()).toBe(4);
    await visitor.leave();
  });
});

describe.skipIf(isLacking)("a service with a small limit", () => {
  it("refuses what is too large with its own words", async () => {
    const service = await Service.run({ POSED_MAX_UPLOAD_BYTES: "100000" });
    onTestFinished(() => service.end());
    const browser = await openBrowser();
    onTestFinished(() => browser.close());
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open();
    await page.getByRole("button", { name: "Add videos" }).waitFor();
    await chooseFiles(page, [clip("two_people_park_vp9.webm")]);
    expect(await page.locator(".upload-reason").innerText()).toContain("the limit is 100000");
    await visitor.leave();
  });
});
