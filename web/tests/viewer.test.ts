import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EstimationResponse } from "../src/api/schema";
import { sampleArchive, type SamplePerson } from "../src/archive/sample_archive";
import { colourOfTrack } from "../src/viewer/appearance";
import type { DrawnPoint } from "../src/viewer/overlay";
import type { PlacedPoint } from "../src/viewer/scene";
import { clip, isLacking } from "./footage";
import { Service } from "./service";
import { decodeSource, lookSize, mostLike } from "./source_frames";
import { openBrowser, overflow, seriousFaults, Visitor } from "./visit";

/** A frame as the service itself reads it out of the archive. */
interface TrueFrame {
  frame: number;
  time_s: number;
  people: TruePerson[];
}

interface TruePerson {
  track_id: number;
  root_translation: [number, number, number];
  keypoints: { px: [number, number]; m: [number, number, number] }[];
}

const clips = {
  steady: { name: "juggling_man_720p24.mp4", rate: 24 },
  rotated: { name: "sit_to_stand_rotation_metadata.mp4", rate: 30 },
  variable: { name: "juggling_man_vfr.mp4", rate: 30 },
  cut: { name: "walk_lab_edit_list.mp4", rate: 60 },
  several: { name: "two_people_park_vp9.webm", rate: 30 },
  comings: { name: "people_come_and_go_10fps.mp4", rate: 10 },
};

/** A busy machine takes its time. */
const patient = { timeout: 20_000 };

type ClipName = keyof typeof clips;

describe.skipIf(isLacking)("the viewer", () => {
  let service: Service;
  let browser: Browser;
  const results = {} as Record<ClipName, number>;
  const poses = {} as Record<ClipName, TrueFrame[]>;

  beforeAll(async () => {
    [service, browser] = await Promise.all([Service.run(), openBrowser()]);
    for (const name of Object.keys(clips) as ClipName[]) {
      const video = await service.ingest(clip(clips[name].name));
      const task = await service.estimate(video.id, { rate: clips[name].rate, seconds: 60 });
      results[name] = task.result!.resource_id;
      const json = await fetch(`${service.url}/estimations/download/${results[name]}/?format=json`);
      poses[name] = ((await json.json()) as { frames: TrueFrame[] }).frames;
    }
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await service?.end();
  });

  const addressOf = (name: ClipName, frame?: number) =>
    `#/estimations/${results[name]}${frame === undefined ? "" : `?frame=${frame}`}`;

  it.each(Object.keys(clips) as ClipName[])("draws what the archive says on the frame it says: %s", async (name) => {
    const visitor = await Visitor.come(browser, service.url);
    const source = decodeSource(clip(clips[name].name));
    const page = await visitor.open(addressOf(name, 5));
    const last = poses[name].length - 1;
    for (const frame of [5, 0, Math.floor(last / 3), Math.floor(last / 2), last - 1]) {
      await goTo(page, name, frame);
      await settled(page, frame);
      const truth = poses[name][frame]!;
      expectDrawn(await drawn(page), truth);
      expectStanding(await standing(page), truth);
      const pictureTime = async () => source.seconds[mostLike(await look(page), source)]!;
      await expect
        .poll(pictureTime, { timeout: 10_000, message: `picture of frame ${frame}` })
        .toBeCloseTo(truth.time_s, 2);
    }
    await visitor.leave();
  });

  async function goTo(page: Page, name: ClipName, frame: number) {
    await page.evaluate((hash) => (window.location.hash = hash), addressOf(name, frame));
  }

  it.each(["steady", "rotated", "variable", "several"] as ClipName[])(
    "keeps in step while it plays: %s",
    async (name) => {
      const visitor = await Visitor.come(browser, service.url);
      const page = await visitor.open(addressOf(name));
      await settled(page, 0);
      await page.getByLabel("Speed").selectOption({ label: "0.5×" });
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Play" }).click();
      const seen = await page.evaluate(watchPlaying, 25);
      expect(seen.at(-1)!.drawn).toBeGreaterThan(seen[0]!.drawn);
      // Where the browser's clock begins may differ from the source's by part of a frame.
      const tolerance = 0.01;
      for (const { mediaTime, drawn: frame, standing: placed, clock } of seen) {
        expect(placed).toBe(frame);
        expect(clock).toBe(frame);
        // The frame that is drawn has begun, and the next one with another picture has not.
        const next = poses[name].find(({ time_s }) => time_s > poses[name][frame]!.time_s + 0.0005);
        expect(mediaTime).toBeGreaterThan(poses[name][frame]!.time_s - tolerance);
        if (next) expect(mediaTime).toBeLessThan(next.time_s + tolerance);
      }
      await visitor.leave();
    },
  );

  it("colours several people each their own way and lists them", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const people: SamplePerson[] = [
      { track: 1, at2d: [300, 200], at3d: [0, 0, 0], root: [-1, 0, 4] },
      { track: 4, at2d: [900, 500], at3d: [0, 0, 0], root: [1, 0, 4], confidence: 0.3 },
    ];
    const archive = sampleArchive([people, people], { displayed: { width: 1280, height: 720 }, timesUs: [0, 41_667] });
    await visitor.context.route("**/estimations/download/**", (route) =>
      route.fulfill({ status: 200, body: Buffer.from(archive) }),
    );
    const page = await visitor.open(addressOf("steady", 1));
    await settled(page, 1);
    const { points } = await drawn(page);
    expect(points.map(({ track }) => track)).toEqual([1, 1, 1, 4, 4, 4]);
    expect(await page.getByLabel("Colours").inputValue()).toBe("people");
    const [red, green, blue, opacity] = await pixelAt(page, points[1]!);
    expect([red, green, blue]).toEqual(colourOfTrack(1));
    expect(opacity).toBe(255);
    expect((await pixelAt(page, points[4]!))[3]).toBeLessThan(255); // a guess is seen through
    for (const track of [1, 4]) await page.locator(".people").getByText(`Person ${track}`, { exact: true }).waitFor();
    await page.getByText("30 %", { exact: true }).waitFor();
    expect((await standing(page)).points.map(({ track, place }) => [track, Math.round(place[0])])).toContainEqual([
      1, -1,
    ]);
    await visitor.leave();
  });

  it("shows where nobody was found", async () => {
    const nobody = poses.comings.find(({ people }) => people.length === 0)!;
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(addressOf("comings", nobody.frame));
    await settled(page, nobody.frame);
    expect((await drawn(page)).points).toEqual([]);
    await page.getByText("Nobody in this frame").waitFor();
    const striped = await page.locator(".time-line-gaps canvas").evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return data.some((value) => value > 0);
    });
    expect(striped).toBe(true);
    await visitor.leave();
  });

  it("is driven by keys alone", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(addressOf("steady"));
    await settled(page, 0);
    const press = async (...keys: string[]) => {
      for (const key of keys) await page.keyboard.press(key);
    };
    await press("ArrowRight", "ArrowRight", "ArrowLeft", "Shift+ArrowRight");
    await settled(page, 11);
    await press("End");
    await settled(page, 246);
    await press("Home");
    await settled(page, 0);
    await press("Shift+ArrowRight", "i", "Shift+ArrowRight", "o");
    expect(await page.locator(".badge", { hasText: "Loop" }).innerText()).toBe("Loop 0:00.417 – 0:00.833");
    await press(" ");
    const frames = (await page.evaluate(watchPlaying, 40)).map(({ clock }) => clock);
    await press(" ", "x");
    expect(Math.min(...frames.slice(1))).toBeGreaterThanOrEqual(10);
    expect(Math.max(...frames)).toBeLessThanOrEqual(20);
    expect(await page.locator(".badge", { hasText: "Loop" }).count()).toBe(0);
    await press("2");
    expect(await page.getByRole("button", { name: "Front" }).getAttribute("aria-pressed")).toBe("true");
    await press("f");
    expect(await page.getByRole("button", { name: "Follow" }).getAttribute("aria-pressed")).toBe("false");
    await press("<", "<");
    expect(await page.getByLabel("Speed").inputValue()).toBe("0.25");
    await visitor.leave();
  });

  it("names the frame in the address, and goes where an address says", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(addressOf("steady", 40));
    await settled(page, 40);
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => page.url(), patient).toContain("?frame=41");
    await goTo(page, "steady", 90);
    await settled(page, 90);
    await page.goBack();
    await settled(page, 41);
    await visitor.leave();
  });

  it("uncovers the video with the picture that was asked for", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const source = decodeSource(clip(clips.steady.name));
    const page = await visitor.open(addressOf("steady", 200));
    await settled(page, 200);
    expect(source.seconds[mostLike(await look(page), source)]).toBeCloseTo(poses.steady[200]!.time_s, 2);
    await visitor.leave();
  });

  it("shows in both views what is pointed at in the plots, and stays where it is clicked", async () => {
    const visitor = await Visitor.come(browser, service.url, { height: 1800 });
    const page = await visitor.open(addressOf("steady", 10));
    await settled(page, 10);
    await expect.poll(() => page.locator(".legend strong").first().innerText(), patient).toMatch(/^\d\.\d\d$/);
    const plot = (await page.locator(".u-over").boundingBox())!;
    const middle = [plot.x + plot.width / 2, plot.y + plot.height / 2] as const;
    await page.mouse.move(...middle);
    await expect.poll(async () => (await drawn(page)).frame, patient).toBeGreaterThan(115);
    const there = (await drawn(page)).frame;
    expect(there).toBeLessThan(130);
    await settled(page, there);
    await page.mouse.move(plot.x + plot.width / 2, 5);
    await settled(page, 10);
    await page.mouse.click(...middle);
    await page.mouse.move(plot.x + plot.width / 2, 5);
    await settled(page, there);
    for (const measure of ["Speed", "Angle"]) {
      await page.locator(".plots").getByRole("button", { name: measure }).click();
      await expect.poll(() => page.locator(".legend strong").first().innerText(), patient).toMatch(/^[\d.]+$/);
    }
    await visitor.leave();
  });

  it("gives everything to take along", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const page = await visitor.open(addressOf("comings"));
    await settled(page, 0);
    const csv = page.getByRole("link", { name: "Download: CSV" });
    expect(await csv.getAttribute("href")).toBe(`/estimations/download/${results.comings}/?format=csv`);
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("o");
    await page.getByLabel("Only the loop").check();
    const rows = await (await fetch(service.url + (await csv.getAttribute("href")))).text();
    expect(rows.trim().split("\n").at(-1)).toMatch(/^10,/);
    await page.getByRole("button", { name: "Draw it" }).click();
    const video = page.getByRole("link", { name: "Download: Annotated video" });
    await video.waitFor({ timeout: 60_000 });
    const response = await fetch(service.url + (await video.getAttribute("href")), { method: "HEAD" });
    expect(response.headers.get("Content-Type")).toBe("video/mp4");
    await page.getByText("The same from a terminal").click();
    expect(await page.locator(".commands pre").innerText()).toContain(
      `"video_id":${(await estimation(results.comings)).video_id},`,
    );
    await visitor.leave();
  });

  const estimation = async (id: number) =>
    (await (await fetch(`${service.url}/estimations/${id}/`)).json()) as EstimationResponse;

  it("moves the skeleton where the browser cannot play the video", async () => {
    const visitor = await Visitor.come(browser, service.url);
    await visitor.context.route("**/videos/download/**", (route) =>
      route.request().method() === "HEAD"
        ? route.continue()
        : route.fulfill({ contentType: "video/mp4", body: "no video" }),
    );
    const page = await visitor.open(addressOf("steady"));
    await page.getByText("This browser cannot play the video").waitFor();
    await page.keyboard.press("ArrowRight");
    await settled(page, 1);
    expect((await drawn(page)).points).toHaveLength(33);
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(async () => (await drawn(page)).frame, patient).toBeGreaterThan(5);
    await visitor.leave();
  });

  it("says so when the archive is of another version, or damaged", async () => {
    const visitor = await Visitor.come(browser, service.url);
    for (const [from, to, title] of [
      ["posed.archive/1", "posed.archive/9", "written by another version"],
      ['"keypoints_2d":{"dtype":"F32"', '"keypoints_2d":{"dtype":"I32"', "cannot be read"],
    ] as const) {
      await visitor.context.route("**/estimations/download/**", async (route) => {
        const bytes = Buffer.from(await (await fetch(route.request().url())).arrayBuffer());
        const text = bytes.toString("latin1").replace(from, to);
        await route.fulfill({ status: 200, body: Buffer.from(text, "latin1") });
      });
      const page = await visitor.open(addressOf("steady"));
      await page.getByText(title).waitFor();
      await page.close();
      await visitor.context.unroute("**/estimations/download/**");
    }
    await visitor.leave();
  });

  it("says in the service's words that a result is gone, and waits for a service that is away", async () => {
    const visitor = await Visitor.come(browser, service.url);
    const gone = await visitor.open("#/estimations/9999");
    await gone.getByText("This is no longer here").waitFor();
    await gone.close();
    await visitor.context.route("**/estimations/**", (route) => route.abort());
    const page = await visitor.open(addressOf("steady"));
    await page.getByRole("heading", { name: "The service does not answer" }).waitFor();
    await visitor.context.unroute("**/estimations/**");
    await settled(page, 0);
    await visitor.leave();
  });

  it.each([
    { width: 1280, colorScheme: "light" },
    { width: 390, colorScheme: "dark" },
  ] as const)("fits and is accessible: $width px, $colorScheme", async (look) => {
    const visitor = await Visitor.come(browser, service.url, { ...look, height: 844, reducedMotion: "reduce" });
    const page = await visitor.open(addressOf("rotated", 30));
    await settled(page, 30);
    await page.locator(".u-over").waitFor();
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    expect(await seriousFaults(page)).toEqual([]);
    await visitor.leave();
  });
});

/** Waits until both views show the frame. */
async function settled(page: Page, frame: number) {
  await page.waitForFunction(
    (wanted) =>
      window.posedViewer?.drawn?.().frame === wanted &&
      window.posedViewer.standing?.().frame === wanted &&
      document.querySelector(".pane-wait") === null,
    frame,
  );
}

interface Drawn {
  frame: number;
  points: DrawnPoint[];
}

/** What is drawn over the video, in pixels of the source: from the pane by where the browser says the video lies. */
const drawn = (page: Page): Promise<Drawn> =>
  page.evaluate(() => {
    const { frame, points } = window.posedViewer!.drawn!();
    const video = document.querySelector("video");
    if (!video) return { frame, points };
    const scale = Math.min(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight);
    const left = (video.clientWidth - video.videoWidth * scale) / 2;
    const top = (video.clientHeight - video.videoHeight * scale) / 2;
    return {
      frame,
      points: points.map((point) => ({ ...point, x: (point.x - left) / scale, y: (point.y - top) / scale })),
    };
  });

const standing = (page: Page): Promise<{ frame: number; points: PlacedPoint[] }> =>
  page.evaluate(() => window.posedViewer!.standing!());

/** What the overlay has at a point of the source. */
const pixelAt = (page: Page, { x, y }: DrawnPoint): Promise<number[]> =>
  page.evaluate(
    ({ x, y }) => {
      const video = document.querySelector("video")!;
      const canvas = document.querySelector<HTMLCanvasElement>(".pane-overlay canvas")!;
      const scale = Math.min(video.clientWidth / video.videoWidth, video.clientHeight / video.videoHeight);
      const left = (video.clientWidth - video.videoWidth * scale) / 2 + x * scale;
      const top = (video.clientHeight - video.videoHeight * scale) / 2 + y * scale;
      const density = window.devicePixelRatio;
      const copy = document.createElement("canvas").getContext("2d")!;
      copy.drawImage(canvas, -Math.floor(left * density), -Math.floor(top * density));
      return [...copy.getImageData(0, 0, 1, 1).data];
    },
    { x, y },
  );

function expectDrawn({ points }: Drawn, { people }: TrueFrame) {
  expect(points).toHaveLength(people.reduce((count, { keypoints }) => count + keypoints.length, 0));
  for (const { track, keypoint, x, y } of points) {
    const [trueX, trueY] = people.find(({ track_id }) => track_id === track)!.keypoints[keypoint]!.px;
    expect(Math.hypot(x - trueX, y - trueY), `key point ${keypoint}`).toBeLessThan(2);
  }
}

function expectStanding({ points }: { points: PlacedPoint[] }, { people }: TrueFrame) {
  expect(points).toHaveLength(people.reduce((count, { keypoints }) => count + keypoints.length, 0));
  for (const { track, keypoint, place } of points) {
    const person = people.find(({ track_id }) => track_id === track)!;
    const [x, y, z] = person.keypoints[keypoint]!.m.map((value, axis) => value + person.root_translation[axis]!) as [
      number,
      number,
      number,
    ];
    expect(Math.hypot(place[0] - x, place[1] + y, place[2] + z), `key point ${keypoint}`).toBeLessThan(0.001);
  }
}

/** What the video shows, in a few grey pixels. */
const look = (page: Page): Promise<number[]> =>
  page.evaluate(({ width, height }) => {
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d")!;
    context.imageSmoothingQuality = "high";
    context.drawImage(document.querySelector("video")!, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    return Array.from(
      { length: width * height },
      (_, pixel) => 0.299 * data[4 * pixel]! + 0.587 * data[4 * pixel + 1]! + 0.114 * data[4 * pixel + 2]!,
    );
  }, lookSize);

interface Seen {
  mediaTime: number;
  drawn: number;
  standing: number;
  clock: number;
}

/** Looks at the views each time the playing video shows another frame. Runs in the page. */
function watchPlaying(count: number): Promise<Seen[]> {
  const video = document.querySelector("video")!;
  const slider = document.querySelector(".time-line")!;
  const seen: Seen[] = [];
  return new Promise((resolve) => {
    const next = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      // The page's own look at this frame came first; what it draws is drawn when this task is over.
      setTimeout(() => {
        const { drawn, standing } = window.posedViewer!;
        seen.push({
          mediaTime,
          drawn: drawn!().frame,
          standing: standing!().frame,
          clock: Number(slider.getAttribute("aria-valuenow")),
        });
        if (seen.length === count || video.paused) resolve(seen);
        else video.requestVideoFrameCallback(next);
      });
    };
    video.requestVideoFrameCallback(next);
  });
}
