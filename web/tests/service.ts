import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { SubmitEstimation, TaskResponse, VideoResponse } from "../src/api/schema";
import { isOpen } from "../src/api/task_table";
import { program } from "./footage";

const wait = { Prefer: "wait=60" };

const fastSettings = {
  POSED_DEFAULT_ESTIMATOR: "blazepose-lite",
  POSED_TASK_LEASE: "2s",
  POSED_INFERENCE_SLOTS: "1",
  POSED_RENDERING_SLOTS: "1",
};

/** The service refuses settings it does not know, such as those of the tests. */
const surroundings = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("POSED_")));

/** A `posed run` on a folder of its own. It may be stopped and started again: the address stays. */
export class Service {
  private child: ChildProcess | null = null;
  private readonly folder = mkdtempSync(join(tmpdir(), "posed-web-"));
  url = "";

  private constructor(private readonly settings: Record<string, string>) {}

  static async run(settings: Record<string, string> = {}): Promise<Service> {
    const service = new Service({ ...fastSettings, ...settings });
    await service.start();
    return service;
  }

  async start() {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const child = spawn(program, ["run", "--port", port, "--data-dir", this.folder], {
      env: { ...surroundings, ...this.settings },
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.child = child;
    this.url = await new Promise((resolve, reject) => {
      let said = "";
      child.stdout?.on("data", (text: Buffer) => {
        said += text;
        const address = /http:\/\/[^ /]+(?=\/)/.exec(said)?.[0];
        if (address) resolve(address);
      });
      child.on("exit", (code) => reject(new Error(`posed run ended with ${code}: ${said}`)));
    });
  }

  async stop() {
    const child = this.child;
    this.child = null;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.on("exit", resolve));
    child.kill("SIGTERM");
    await ended;
  }

  async end() {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async ingest(path: string, name = basename(path)): Promise<VideoResponse> {
    return this.json(
      `/videos/ingest/?filename=${encodeURIComponent(name)}`,
      "application/octet-stream",
      readFileSync(path),
    );
  }

  /** Submits, and waits for the end; who asks again while it runs, waits for the same. */
  async estimate(
    videoId: number,
    choices: { rate?: number; seconds?: number } & Partial<SubmitEstimation> = {},
  ): Promise<TaskResponse> {
    const { rate, seconds, ...rest } = choices;
    const body = {
      video_id: videoId,
      target_width: 1280,
      target_height: 1280,
      target_fps: rate ?? 5,
      duration_seconds: seconds ?? 2,
      ...rest,
    };
    for (;;) {
      const request = JSON.stringify(body);
      const task: TaskResponse = await this.json("/estimations/submit/", "application/json", request, wait);
      if (!isOpen(task)) return task;
    }
  }

  private async json<Value>(
    path: string,
    type: string,
    body: BodyInit,
    headers: Record<string, string> = {},
  ): Promise<Value> {
    const response = await fetch(this.url + path, {
      method: "POST",
      body,
      headers: { "Content-Type": type, ...headers },
    });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Value;
  }
}
