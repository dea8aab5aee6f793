// Judges photos (RGBA, one after the other in a file) with the phone page's own code, and writes what it says as JSON.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const widget = new URL("../../../widget/", import.meta.url);
const { rolldown } = createRequire(new URL("package.json", widget))("rolldown");

async function load(name) {
  const bundle = await rolldown({ input: fileURLToPath(new URL(`src/phone/capture/coach/${name}.ts`, widget)) });
  const { output } = await bundle.generate({ format: "esm" });
  return import(`data:text/javascript,${encodeURIComponent(output[0].code)}`);
}

const { hintsOf, scoresOf } = await load("quality");
const { createScale, SWEEP_FRAMES } = await load("scale");

const [file, width, height] = process.argv.slice(2);
const bytes = readFileSync(file);
const size = Number(width) * Number(height) * 4;
const verdicts = [];
for (let at = 0; at < bytes.length; at += size) {
  const pixels = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset + at, size);
  const start = performance.now();
  const scores = scoresOf(pixels, Number(width), Number(height));
  const milliseconds = performance.now() - start;
  const search = createScale();
  let scale = false;
  for (let frame = 0; frame < SWEEP_FRAMES; frame++) scale = search(pixels, Number(width), Number(height));
  verdicts.push({ scores, hints: hintsOf(scores), milliseconds, scale });
}
process.stdout.write(JSON.stringify(verdicts));
