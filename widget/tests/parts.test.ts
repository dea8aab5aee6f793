// A part of a page that did not come, over a connection that drops, comes at the next try.
import { afterEach, expect, test, vi } from "vitest";
import { __vitePreload } from "../src/boot/parts";

afterEach(() => vi.unstubAllGlobals());

/** A page that names some files itself, and a server that is there or not. */
function page({ names = [] as string[] } = {}) {
  const server = { there: true, asked: [] as string[] };
  vi.stubGlobal("document", { querySelector: (query: string) => names.find((each) => query.includes(each)) });
  vi.stubGlobal("fetch", async (address: string) => {
    server.asked.push(address);
    if (!server.there) throw new TypeError("Failed to fetch");
    return new Response("export {};", { status: address.includes("gone") ? 404 : 200 });
  });
  return server;
}

test("nothing is imported before all of its files are here, and what came is not asked for again", async () => {
  const server = page({ names: ["/assets/page-1.js"] });
  const load = vi.fn(async () => "the part");
  server.there = false;
  await expect(__vitePreload(load, ["assets/a-1.js"])).rejects.toThrow("Failed to fetch");
  expect(load).not.toHaveBeenCalled();
  server.there = true;
  expect(await __vitePreload(load, ["assets/a-1.js", "assets/b-1.js", "assets/page-1.js"])).toBe("the part");
  expect(await __vitePreload(load, ["assets/a-1.js"])).toBe("the part");
  expect(server.asked).toEqual(["/assets/a-1.js", "/assets/a-1.js", "/assets/b-1.js"]);
});

test("a file that the server does not have is no part", async () => {
  page();
  const load = vi.fn(async () => "the part");
  await expect(__vitePreload(load, ["assets/gone-1.js"])).rejects.toThrow("404");
  expect(load).not.toHaveBeenCalled();
});
