// Build of the page: one script, one style sheet, two fonts, one theme script.
// Invariant: the answer works under `default-src 'self'`, so nothing is inlined into the document
// and no asset becomes a data URI. PLIMSOLL_URL names the server that `npm run dev` talks to.
import { defineConfig } from "vitest/config";

const server = process.env["PLIMSOLL_URL"] ?? "http://127.0.0.1:7070";

export default defineConfig({
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/api": { target: server, changeOrigin: true },
      "/prometheus": { target: server, changeOrigin: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node", env: { TZ: "Europe/Amsterdam" } },
});
