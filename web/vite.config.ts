import { defineConfig } from "vitest/config";

// `npm start` shows the page as it is being changed, against a service that runs elsewhere.
const service = process.env.POSED_SERVER ?? "http://127.0.0.1:8000";
const paths = ["/videos", "/estimations", "/visualizations", "/tasks", "/limits", "/estimators", "/health", "/docs", "/redoc", "/openapi.json"];

export default defineConfig({
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
  server: { proxy: Object.fromEntries(paths.map((path) => [path, { target: service, changeOrigin: true }])) },
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"], environment: "node" },
});
