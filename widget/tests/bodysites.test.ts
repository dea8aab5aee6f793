// The search for a body site.
import { expect, test } from "vitest";
import { findSites } from "../src/shared/bodySites/find";
import { slipsBetween } from "../src/shared/bodySites/slips";
import { CAPABILITIES } from "./fakes";

const found = (typed: string) =>
  findSites(typed, CAPABILITIES.bodySites, CAPABILITIES.lateralities).map(({ site, side }) =>
    side ? `${side.display} ${site.display}` : site.display,
  );

test("the start of a name finds it", () => expect(found("fore")).toEqual(["Forearm"]));
test("a synonym finds the site", () => expect(found("shin")).toEqual(["Lower leg"]));
test("a word inside the name finds it", () => expect(found("shoulder")).toEqual(["Skin of shoulder"]));
test("a leading side is understood", () => expect(found("l forearm")).toEqual(["Left Forearm"]));
test("bilateral means both", () => expect(found("bilateral shin")).toEqual(["Both Lower leg"]));
test("a slip of the finger still finds it", () => expect(found("foraerm")[0]).toBe("Forearm"));
test("a missing letter still finds it", () => expect(found("abdmen")[0]).toBe("Abdomen"));
test("three letters are not guessed at", () => expect(found("xyz")).toEqual([]));
test("nothing typed finds nothing", () => expect(found("  ")).toEqual([]));
test("swapped neighbours count as one slip", () => expect(slipsBetween("amr", "arm")).toBe(1));
