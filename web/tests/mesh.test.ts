import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { texts } from "../src/texts";
import type { PlacedBody } from "../src/viewer/body_surfaces";
import { bodyModel, clip, isBodyModelLacking, isLacking } from "./footage";
import { Service } from "./service";
import { type Look, openBrowser, overflow, seriousFaults, Visitor } from "./visit";

const words = texts.viewer;

/** A whole archive, read by other means than the page's. */
class Truth {
  private readonly tensors: Record<string, { shape: number[]; data_offsets: [number, number] }>;
  private readonly dataStart: number;

  constructor(readonly bytes: Buffer) {
    this.dataStart = 8 + Number(bytes.readBigUInt64LE(0));
    this.tensors = JSON.parse(bytes.toString("utf8", 8, this.dataStart));
  }

  /** Where a row of a tensor begins. */
  at(name: string, row: number): number {
    const { shape, data_offsets: offsets } = this.tensors[name]!;
    return this.dataStart + offsets[0] + (row * (offsets[1] - offsets[0])) / shape[0]!;
  }

  rowsOf(frame: number): number[] {
    const [from, to] = [frame, frame + 1].map((at) => Number(this.bytes.readBigInt64LE(this.at("frame_rows", at))));
    return Array.from({ length: to! - from! }, (_, person) => from! + person);
  }

  bodies(frame: number): PlacedBody[] {
    const point = (at: number) => [0, 4, 8].map((axis) => this.bytes.readFloatLE(at + axis));
    return this.rowsOf(frame).map((row) => {
      const root = point(this.at("root_translation", row));
      const vertices = Array.from({ length: this.tensors.vertices!.shape[1]! }, (_, vertex) => {
        const [x, y, z] = point(this.at("vertices", row) + 12 * vertex).map((value, axis) => root[axis]! + value);
        return [x!, -y!, -z!] as [number, number, number];
      });
      return { track: this.bytes.readInt32LE(this.at("track_id", row)), vertices };
    });
  }
}

describe.skipIf(isLacking || isBodyModelLacking())("the bodies' surface in the viewer", () => {
  let service: Service;
  let browser: Browser;
  let visitor: Visitor;
  let truth: Truth;
  let covered = 0;
  let bare = 0;
  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run({ POSED_SAM3DBODY_DIR: bodyModel }), openBrowser()]);
    const video = await service.ingest(clip("juggling_man_720p24.mp4"));
    const wanted = { rate: 12, seconds: 10, estimator: "sam-3d-body", include_mesh: true };
    covered = (await service.estimate(video.id, wanted)).result!.resource_id;
    bare = (await service.estimate(video.id, { rate: 12, seconds: 1 })).result!.resource_id;
    const archive = await fetch(`${service.url}/estimations/download/${covered}/`);
    truth = new Truth(Buffer.from(await archive.arrayBuffer()));
  }, 400_000);
  afterEach(() => visitor.leave());
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  const come = async (look: Look = {}) => (visitor = await Visitor.come(browser, service.url, look));
  const addressOf = (frame: number) => `#/estimations/${covered}?frame=${frame}`;
  const goTo = (page: Page, frame: number) => page.evaluate((hash) => (window.location.hash = hash), addressOf(frame));
  const button = (page: Page) => page.getByRole("button", { name: words.surfaceHint });

  it("stands where the archive says on the frame it says", async () => {
    await come();
    const page = await visitor.open(addressOf(5));
    for (const frame of [5, 0, 40, 41, 118]) {
      await goTo(page, frame);
      await settled(page, frame);
      const bodies = await page.evaluate(() => window.posedViewer!.covering!().bodies);
      const expected = truth.bodies(frame);
      expect(bodies.map(({ track }) => track)).toEqual(expected.map(({ track }) => track));
      expect(farthest(bodies, expected)).toBeLessThan(1e-4);
    }
    expect(truth.bodies(40)).toHaveLength(1);
    expect(farthest(truth.bodies(40), truth.bodies(41))).toBeGreaterThan(1e-3); // else any frame would do
  });

  it("is read for the frame on show and no other", async () => {
    await come();
    const read: [number, number][] = [];
    visitor.context.on("request", (request) => {
      const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers().range ?? "");
      if (request.url().includes("/estimations/download/") && range)
        read.push([Number(range[1]), Number(range[2]) + 1]);
    });
    const page = await visitor.open(addressOf(60));
    await settled(page, 60);
    const ofFrame = (frame: number) => {
      const rows = truth.rowsOf(frame);
      return [truth.at("vertices", rows[0]!), truth.at("vertices", rows.at(-1)! + 1)];
    };
    const ofBodies = () => read.filter(([, end]) => end > truth.at("vertices", 0));
    expect(ofBodies()).toEqual([ofFrame(60)]);
    await button(page).click();
    await goTo(page, 90);
    await page.waitForFunction(() => window.posedViewer!.standing!().frame === 90);
    expect(ofBodies()).toEqual([ofFrame(60)]);
    await button(page).click();
    await settled(page, 90);
    expect(ofBodies()[1]).toEqual(ofFrame(90));
  });

  it("is switched by a key or a button, and seen", async () => {
    await come();
    const page = await visitor.open(addressOf(30));
    await settled(page, 30);
    const pane = page.locator(".pane-space canvas");
    const isPressed = () => button(page).getAttribute("aria-pressed");
    expect(await isPressed()).toBe("true");
    const dressed = await pane.screenshot();
    await page.keyboard.press("b");
    await page.waitForFunction(() => window.posedViewer!.covering === undefined);
    expect(await isPressed()).toBe("false");
    expect((await pane.screenshot()).equals(dressed)).toBe(false);
    await button(page).focus();
    await page.keyboard.press("Space");
    await settled(page, 30);
    expect(await isPressed()).toBe("true");
    expect(await page.evaluate(() => window.posedViewer!.standing!().points.length)).toBe(70);
  });

  it("plays along", async () => {
    await come();
    const page = await visitor.open(addressOf(0));
    await settled(page, 0);
    await page.getByLabel(words.speed).selectOption({ label: words.times(0.5) });
    await page.getByRole("button", { name: words.play }).click();
    const seen = await page.evaluate(watchPlaying, 25);
    const withBody = seen.filter(({ body }) => body !== null);
    expect(new Set(withBody.map(({ body }) => body)).size).toBeGreaterThan(5);
    for (const { body, skeleton } of withBody) {
      expect(body).toBeLessThanOrEqual(skeleton);
      expect(body).toBeGreaterThanOrEqual(skeleton - 5); // 0.4 seconds
    }
    await page.getByRole("button", { name: words.pause }).click();
    await page.waitForFunction(() => window.posedViewer!.covering?.().frame === window.posedViewer!.standing!().frame);
  });

  it("comes back by itself when the service was away; the skeleton stays", async () => {
    await come();
    const page = await visitor.open(addressOf(10));
    await settled(page, 10);
    await service.stop();
    await goTo(page, 100);
    await page.waitForFunction(() => window.posedViewer!.standing!().frame === 100);
    await page.getByText(words.surfaceAway).waitFor();
    expect(await page.evaluate(() => window.posedViewer!.standing!().points.length)).toBe(70);
    expect(await page.evaluate(() => window.posedViewer!.covering === undefined)).toBe(true);
    await service.start();
    await settled(page, 100);
    expect(await page.getByText(words.surfaceAway).count()).toBe(0);
  });

  it("that makes no sense is a broken archive", async () => {
    await come();
    const bytes = Buffer.from(truth.bytes);
    bytes.writeInt32LE(203, truth.at("faces", 7));
    await visitor.context.route("**/estimations/download/**", (route) => route.fulfill({ status: 200, body: bytes }));
    const page = await visitor.open(addressOf(0));
    await page.getByText(words.brokenTitle).waitFor();
    await page.getByText("vertices that are not there").waitFor();
  });

  it("has no switch where there is none", async () => {
    await come();
    const page = await visitor.open(`#/estimations/${bare}`);
    await page.waitForFunction(() => window.posedViewer?.standing?.().frame === 0);
    await page.keyboard.press("b");
    expect(await button(page).count()).toBe(0);
    expect(await page.getByText(words.surfaceKey[1]!).count()).toBe(0);
  });

  it("leaves nothing on the graphics card", async () => {
    await come();
    await visitor.context.addInitScript(countBuffers);
    const page = await visitor.open(addressOf(20));
    await settled(page, 20);
    const buffers = () => page.evaluate(() => (window as unknown as { buffers: number }).buffers);
    const dressed = await buffers();
    await page.keyboard.press("b");
    await expect.poll(buffers).toBe(dressed - 3); // triangles, places and normals
    await page.keyboard.press("b");
    await settled(page, 20);
    await expect.poll(buffers).toBe(dressed);
    await page.evaluate(() => (window.location.hash = "#/"));
    await page.locator(".card").first().waitFor();
    await expect.poll(buffers).toBe(0);
  });

  it.each([
    { width: 1280, colorScheme: "light" },
    { width: 390, colorScheme: "dark" },
  ] as const)("fits and is accessible: $width px, $colorScheme", async (look) => {
    await come({ ...look, height: 844, reducedMotion: "reduce" });
    const page = await visitor.open(addressOf(30));
    await settled(page, 30);
    await page.locator(".u-over").waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    const tools = (await page.locator(".pane-tools").boundingBox())!;
    const pane = (await page.locator(".pane-space").boundingBox())!;
    expect(tools.x).toBeGreaterThanOrEqual(pane.x);
    expect(await seriousFaults(page)).toEqual([]);
  });
});

/** Waits until skeleton and body of the frame stand. */
async function settled(page: Page, frame: number) {
  await page.waitForFunction(
    (wanted) => window.posedViewer?.standing?.().frame === wanted && window.posedViewer.covering?.().frame === wanted,
    frame,
  );
}

/** The largest distance between vertices of the same number, metres. */
function farthest(some: PlacedBody[], others: PlacedBody[]): number {
  return Math.max(
    ...some.flatMap(({ vertices }, person) => {
      const there = others[person]!.vertices;
      expect(vertices).toHaveLength(there.length);
      return vertices.map((place, at) => Math.hypot(...place.map((value, axis) => value - there[at]![axis]!)));
    }),
  );
}

/** Looks at the 3D view each time the playing video shows another frame. Runs in the page. */
function watchPlaying(count: number): Promise<{ skeleton: number; body: number | null }[]> {
  const video = document.querySelector("video")!;
  const seen: { skeleton: number; body: number | null }[] = [];
  return new Promise((resolve) => {
    const next = () => {
      setTimeout(() => {
        const { standing, covering } = window.posedViewer!;
        seen.push({ skeleton: standing!().frame, body: covering?.().frame ?? null });
        if (seen.length === count || video.paused) resolve(seen);
        else video.requestVideoFrameCallback(next);
      });
    };
    video.requestVideoFrameCallback(next);
  });
}

/** Keeps count of the buffers that the page holds on the graphics card. Runs in the page. */
function countBuffers() {
  const counter = window as unknown as { buffers: number };
  const card = WebGL2RenderingContext.prototype;
  const { createBuffer, deleteBuffer } = card;
  counter.buffers = 0;
  card.createBuffer = function () {
    ++counter.buffers;
    return createBuffer.call(this);
  };
  card.deleteBuffer = function (buffer) {
    if (buffer) --counter.buffers;
    deleteBuffer.call(this, buffer);
  };
}
