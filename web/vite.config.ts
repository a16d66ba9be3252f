import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Writes NAME.gz beside every file, which the service sends to browsers that take it. */
function packed(): Plugin {
  return {
    name: "posed:packed",
    apply: "build",
    writeBundle({ dir = "dist" }) {
      for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const path = join(entry.parentPath ?? entry.path, entry.name);
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

// `npm start` shows the page as it is being changed, against a service that runs elsewhere.
const service = process.env.POSED_SERVER ?? "http://127.0.0.1:8000";
const paths = [
  "/videos",
  "/estimations",
  "/visualizations",
  "/tasks",
  "/limits",
  "/estimators",
  "/health",
  "/docs",
  "/redoc",
  "/openapi.json",
];

export default defineConfig({
  plugins: [packed()],
  esbuild: { jsx: "automatic" },
  build: {
    outDir: process.env.POSED_WEB_OUTPUT ?? "dist",
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page lets nothing be a data: address but pictures.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
  server: { proxy: Object.fromEntries(paths.map((path) => [path, { target: service }])) },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
