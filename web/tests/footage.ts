import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { dirname, join } from "node:path";

const root = fileURLToPath(new URL("../..", import.meta.url));

const shared = process.env.POSED_SHARED_DIR ?? join(root, "../shared");

/** What these tests need of the machine: footage beside the checkout, a browser, and the built program. */
export const footage = join(shared, "footage");
/** Chromium without its windows: the same engine, which takes half the time to start and to open pages. */
export const chromium = "/usr/bin/chromium-headless-shell";
export const program = process.env.POSED_PROGRAM ?? join(root, "build/release/bin/posed");

export const clip = (name: string) => join(footage, "clips", name);
export const badFile = (name: string) => join(footage, "bad", name);

function isAnyLacking(needed: string[]): boolean {
  const lacking = needed.filter((path) => !existsSync(path));
  if (lacking.length === 0) return false;
  const text = `skipped: ${lacking.join(" and ")} is missing`;
  if (process.env.CI === "true") throw new Error(`${text}, and nothing may be skipped with CI=true`);
  console.log(text); // ctest shows the test as skipped by this word
  return true;
}

/** Whether a file of tests has to be skipped. */
export const isLacking = isAnyLacking([footage, chromium, program]);

/** sam-3d-body with made-up weights, small enough for tests: its bodies are as large as people, but nobody's. */
export const bodyModel = join(shared, "sam3dbody/tiny");

/** Whether tests with that model have to be skipped, too: where there is no libtorch its engine is not built. */
export const isBodyModelLacking = () =>
  isAnyLacking([join(bodyModel, "model.ckpt"), join(dirname(program), "../lib/posed/sam3dbody.so")]);
