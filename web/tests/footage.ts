import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What these tests need of the machine: footage beside the checkout, a browser, and the built program. */
export const footage = join(process.env.POSED_SHARED_DIR ?? join(root, "../shared"), "footage");
export const chromium = "/usr/bin/chromium";
export const program = process.env.POSED_PROGRAM ?? join(root, "build/release/bin/posed");

export const clip = (name: string) => join(footage, "clips", name);
export const badFile = (name: string) => join(footage, "bad", name);

function lackingHere(): string | null {
  const lacking = [footage, chromium, program].filter((path) => !existsSync(path));
  if (lacking.length === 0) return null;
  const text = `skipped: ${lacking.join(" and ")} is missing`;
  if (process.env.CI === "true") throw new Error(`${text}, and nothing may be skipped with CI=true`);
  console.log(text); // ctest shows the test as skipped by this word
  return text;
}

/** The small model of sam-3d-body, where the program was built with libtorch. */
const smallModel = join(footage, "../sam3dbody/tiny");
const hasModule = existsSync(join(program, "../../lib/posed/sam3dbody.so"));
export const bodyModel = hasModule && existsSync(smallModel) ? smallModel : null;

/** Whether a file of tests has to be skipped. */
export const isLacking = lackingHere() !== null;
