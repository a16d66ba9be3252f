import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const program = process.env.POSED_PROGRAM ?? "../build/release/bin/posed";

it.skipIf(!existsSync(program))("stands as the service itself describes its interface", () => {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("POSED_")));
  const document = spawnSync(program, ["openapi"], { env, encoding: "utf8" });
  expect(document.status, document.stderr).toBe(0);
  const written = spawnSync("node", ["tools/write_schema.mjs"], { input: document.stdout, encoding: "utf8" });
  expect(readFileSync("src/api/schema.ts", "utf8")).toBe(written.stdout);
});
