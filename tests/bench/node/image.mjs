// What a Node.js program would do with sharp: node image.mjs FILE EDGE THREADS TIMES → one line of JSON.
import { readFileSync } from "node:fs";
import sharp from "sharp";

const [, , file, edge, threads, times] = process.argv;
const content = readFileSync(file);
sharp.cache(false);
if (Number(threads) > 0) sharp.concurrency(Number(threads));

const once = () => {
  let image = sharp(content);
  if (Number(edge) > 0) {
    image = image.rotate().resize(Number(edge), Number(edge), { fit: "inside", withoutEnlargement: true });
  }
  return image.tiff({ compression: "jpeg", quality: 80 }).toBuffer();
};

const walls = [];
const cpus = [];
let bytes = 0;
for (let run = 0; run <= Number(times); run++) {
  const before = process.cpuUsage();
  const start = performance.now();
  bytes = (await once()).length;
  const wall = performance.now() - start;
  const used = process.cpuUsage(before);
  if (run > 0) {
    walls.push(wall);
    cpus.push((used.user + used.system) / 1000);
  }
}
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(
  JSON.stringify({
    wall: median(walls),
    cpu: median(cpus),
    megabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    bytes,
    threads: sharp.concurrency(),
  }),
);
