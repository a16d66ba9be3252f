import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TaskResponse } from "../src/api/schema";
import { clip, isLacking } from "./footage";
import { Service } from "./service";
import { openBrowser, Visitor } from "./visit";

/** Asks for a result on the open page of a video. What nobody asked for before takes a while. */
async function start(page: Page, rate: string) {
  await page.getByLabel("Frames per s").fill(rate);
  await page.getByRole("button", { name: "Start", exact: true }).click();
}

describe.skipIf(isLacking)("work", () => {
  let service: Service;
  let browser: Browser;
  let video = 0;
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run(), openBrowser()]);
    video = (await service.ingest(clip("juggling_man_720p24.mp4"))).id;
  });
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  it("is shown live, from the form to the result", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    await start(page, "24");
    const row = page.locator(".task");
    await expect.poll(() => row.innerText()).toMatch(/estimating · [\d,]+ of 247 frames/);
    const counted = async () => Number(/([\d,]+) of 247/.exec(await row.innerText().catch(() => ""))?.[1] ?? 247);
    const before = await counted();
    await expect.poll(counted).toBeGreaterThan(before);
    const result = page.getByRole("link", { name: "Open in 3D" });
    await result.waitFor();
    expect(await result.getAttribute("href")).toBe("#/estimations/1");
    expect(await page.locator(".result").innerText()).toContain("247 frames at 24 a second, 10.3 s from 0 s");
    // The same again is there already.
    await page.reload();
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByText("The result is there.").waitFor();
    await visitor.leave();
  });

  it("can be cancelled", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    await start(page, "480");
    await page.getByRole("link", { name: /^Work/ }).click();
    const row = page.locator(".task").first();
    await row.getByRole("button", { name: /^Cancel/ }).click();
    await expect.poll(() => row.getAttribute("data-status")).toBe("REVOKED");
    expect(await row.innerText()).toContain("Cancelled");
    await visitor.leave();
  });

  it("goes on by itself when the service was away", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(`#/videos/${video}`);
    await start(page, "120");
    await expect.poll(() => page.locator(".task").innerText()).toContain("estimating");
    await service.stop();
    await page.getByText("The service does not answer. Trying again…").waitFor();
    await service.start();
    await expect.poll(() => page.locator(".banner").count()).toBe(0);
    await expect.poll(() => page.locator(".result").count()).toBe(2);
    await visitor.leave();
  });

  it("comes to all tabs over one stream, also when the first is closed", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const streams: string[] = [];
    visitor.context.on("request", (request) => request.url().endsWith("/tasks/events/") && streams.push(request.url()));
    const first = await visitor.open("#/tasks");
    await first.locator(".task").first().waitFor();
    const second = await visitor.open("#/tasks");
    await second.locator(".task").first().waitFor();
    expect(streams).toHaveLength(1);
    await first.close();
    await expect.poll(() => streams.length).toBe(2);
    const before = await second.locator(".task").count();
    await service.estimate(video, { rate: 3, seconds: 1 });
    await expect.poll(() => second.locator(".task").count()).toBe(before + 1);
    await visitor.leave();
  });

  it("tells why it failed, where it waits and what it lacks", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.context.newPage();
    const told = (await (await fetch(`${service.url}/tasks/?limit=1`)).json()) as [TaskResponse];
    const failed: TaskResponse = {
      ...told[0],
      task_id: "ffff-2",
      status: "FAILURE",
      result: null,
      error: { code: "corrupt_media", detail: "the file ends in the middle of frame 7", suggestion: "Upload it again" },
    };
    const waiting: TaskResponse = {
      ...told[0],
      task_id: "ffff-1",
      status: "PENDING",
      result: null,
      queue_position: 3,
      waiting_for: "no worker offers blazepose-heavy",
      submits: 2,
    };
    await page.route(/\/tasks\/\?limit=100$/, (route) => route.fulfill({ json: [failed, waiting] }));
    await page.goto(`${service.url}/#/tasks`);
    const rows = page.locator(".task");
    await expect.poll(() => rows.count()).toBe(2);
    expect(await rows.nth(0).innerText()).toMatch(
      /Waiting[^]*Place 3 in the queue · Asked for 2 times[^]*no worker offers blazepose-heavy/,
    );
    expect(await rows.nth(1).innerText()).toMatch(
      /Failed[^]*the file ends in the middle of frame 7[^]*Upload it again/,
    );
    await rows
      .nth(0)
      .getByRole("button", { name: /^Cancel/ })
      .click();
    // The service forgot that task meanwhile.
    await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
    await page.getByRole("dialog").getByText("there is no task ffff-1").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Let it run" }).click();
    await expect.poll(() => page.getByRole("dialog").count()).toBe(0);
    await visitor.leave();
  });
});
