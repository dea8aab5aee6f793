// The gateway's own tables of body sites, read as text: `site("code", "Display", "synonym", …, common=True, sides="none")`.
import { readFileSync } from "node:fs";
import type { KnownBodySite } from "../src/api/types";

const FOLDER = new URL("../../src/clinicpro_images/terminology/sites/", import.meta.url);
const FILES = ["common", "face", "trunk", "genitals", "arm", "leg"];

export function listedSites(): KnownBodySite[] {
  const source = FILES.map((file) => readFileSync(new URL(`${file}.py`, FOLDER), "utf8")).join("\n");
  return [...source.matchAll(/^ {4}site\(((?:[^()"]|"[^"]*")*)\),\n/gm)].map(([, row = ""]) => {
    const sides = (/sides="(\w+)"/.exec(row)?.[1] ?? "paired") as KnownBodySite["sides"];
    const texts = [...row.replace(/sides="\w+"/, "").matchAll(/"([^"]*)"/g)].map(([, text]) => text ?? "");
    const [code = "", display = "", ...synonyms] = texts;
    return {
      system: "http://snomed.info/sct",
      code,
      display,
      common: row.includes("common=True"),
      synonyms,
      sides,
    };
  });
}
