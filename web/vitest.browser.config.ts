import { defineConfig } from "vitest/config";

// The page in Chromium against a service of its own: each file starts both.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
