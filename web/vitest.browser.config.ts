import { defineConfig } from "vitest/config";

// The page in Chromium against a service of its own: each file starts both. Patient, because a test machine may have
// much else to do; what holds at once costs none of it.
export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    environment: "node",
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 90_000, interval: 50 } },
  },
});
