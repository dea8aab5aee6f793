// What a Node.js program would do with sharp: node image.mjs FILE EDGE THREADS TIMES QUALITY OUT → one line of JSON.
import { readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";

const [, , file, edge, threads, times, quality, out] = process.argv;
const content = readFileSync(file);
sharp.cache(false);
if (Number(threads) > 0) sharp.concurrency(Number(threads));

const once = () => {
  const size = { fit: "inside", withoutEnlargement: true };
  const image = sharp(content).rotate().resize(Number(edge), Number(edge), size);
  return image.tiff({ compression: "jpeg", quality: Number(quality) }).toBuffer();
};

const walls = [];
const cpus = [];
let made;
// The peak of the process that this one was started from is not sharp's.
writeFileSync("/proc/self/clear_refs", "5");
for (let run = 0; run <= Number(times); run++) {
  const before = process.cpuUsage();
  const start = performance.now();
  made = await once();
  const wall = performance.now() - start;
  const used = process.cpuUsage(before);
  if (run > 0) {
    walls.push(wall);
    cpus.push((used.user + used.system) / 1000);
  }
}
writeFileSync(out, made);
const peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"));
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(
  JSON.stringify({
    wall: median(walls),
    cpu: median(cpus),
    megabytes: Math.round((Number(peak[1]) * 1024) / 1e6),
    bytes: made.length,
    threads: sharp.concurrency(),
  }),
);
