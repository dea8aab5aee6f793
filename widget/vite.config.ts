// How the widget is built: one entry per page, hashed files, nothing inline (the gateway's CSP allows none).
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Each page of the product is one HTML file beside this one. */
const pages = { desktop: here("index.html"), phone: here("phone.html") };

export default defineConfig({
  base: "/",
  build: {
    outDir: here("../src/clinicpro_images/web/static"),
    emptyOutDir: true,
    // The phone page runs on iOS 15 and Chrome 87; tests/old_browsers.test.ts checks what it calls there.
    target: ["chrome87", "edge88", "firefox115", "safari15"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: pages },
  },
  worker: { format: "es" },
  server: { proxy: { "/api": "http://localhost:8000", "/launch": "http://localhost:8000" } },
  test: { include: ["tests/**/*.test.{ts,tsx}"] },
});
