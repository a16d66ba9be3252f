import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, chromium as engine, type Page } from "playwright-core";
import { chromium } from "./footage";

export const openBrowser = (): Promise<Browser> =>
  engine.launch({ executablePath: chromium, args: ["--no-sandbox"] });

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
  reducedMotion?: "reduce" | "no-preference";
}

/** A visitor with a fresh profile. What the browser complains of is kept; that a request was refused is no complaint. */
export class Visitor {
  private readonly complaints: string[] = [];

  private constructor(
    readonly context: BrowserContext,
    private readonly base: string,
  ) {}

  static async come(browser: Browser, base: string, look: Look = {}): Promise<Visitor> {
    const { width = 1280, height = 900, ...rest } = look;
    return new Visitor(await browser.newContext({ viewport: { width, height }, ...rest }), base);
  }

  async open(hash = "#/"): Promise<Page> {
    const page = await this.context.newPage();
    page.setDefaultTimeout(60_000);
    page.on("pageerror", (error) => this.complaints.push(error.message));
    page.on("console", (message) => {
      const isRefusal = message.text().startsWith("Failed to load resource");
      const isOfDriver = /GL Driver Message|software WebGL/.test(message.text()); // a machine without a graphics card
      if (["error", "warning"].includes(message.type()) && !isRefusal && !isOfDriver)
        this.complaints.push(message.text());
    });
    await page.goto(`${this.base}/${hash}`);
    return page;
  }

  /** Ends the visit; the browser must have had nothing to complain of. */
  async leave() {
    await this.context.close();
    if (this.complaints.length > 0) throw new Error(`the browser complained: ${this.complaints.join("; ")}`);
  }
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds that is serious or worse: "rule: the element". */
export async function seriousFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const results = await page.evaluate(() =>
    (window as unknown as { axe: { run: () => Promise<AxeResults> } }).axe.run(),
  );
  const serious = results.violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  return serious.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
}

/** By how many pixels the page is wider than the window. */
export const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
