// What a browser kept may be damaged or from another version: the page starts all the same.
import { expect, test } from "vitest";
import { isStrings, readJson } from "../src/shared/storage";
import { FOREARM, image, memory, opened } from "./fakes";

const DAMAGED = ["", "{", "null", "7", '"text"', "[1,2]", '{"a":1}', "[[]]"];

test.each(DAMAGED)("a damaged value (%s) counts as none", (value) => {
  const kept = memory();
  kept.setItem("key", value);
  expect(readJson(kept, "key", isStrings, ["fallback"])).toEqual(["fallback"]);
});

test.each(DAMAGED)("the page starts and files with damaged storage (%s)", async (value) => {
  const [tab, computer] = [memory(), memory()];
  tab.setItem("clinicpro.commits", value);
  tab.setItem("clinicpro.unanswered", value);
  computer.setItem("clinicpro.look", value);
  const { store, gateway } = await opened([image("a", { bodySite: FOREARM })], tab, undefined, computer);
  expect(store.session.phase.value).toBe("open");
  expect(store.preferences.layout.value).toBe("grid");
  await store.filing.review();
  await store.filing.confirm();
  expect(gateway.keys).toEqual(["key-1"]);
});
