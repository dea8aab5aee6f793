// How the widget is built: one entry per page, hashed files, nothing inline (the gateway's CSP allows none).
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Each page of the product is one HTML file beside this one. */
const pages = { desktop: here("index.html"), phone: here("phone.html") };

/** src/boot/parts.ts in place of what Vite would load parts of a page with. */
const parts: Plugin = {
  name: "parts",
  enforce: "pre",
  load: (id) => (id.includes("vite/preload-helper") ? `export * from "${here("src/boot/parts.ts")}";` : null),
};

export default defineConfig({
  base: "/",
  plugins: [parts],
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
