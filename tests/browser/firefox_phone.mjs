// The phone's main path in Firefox: claim, choose, describe, send, done. Called by test_phone_firefox.py with the code's address and a picture.
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";

const [address, picture] = process.argv.slice(2);
const { launch } = createRequire(new URL("../../widget/package.json", import.meta.url))("puppeteer-core");

const browser = await launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  // Sets the orientation too, which Firefox ESR does not know yet; what counts is the width.
  await page.setViewport({ width: 390, height: 844 }).catch(() => {});
  while ((await page.evaluate(() => innerWidth)) !== 390) await setTimeout(100);
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(address);
  // The page's policy allows no function made of text, which puppeteer waits with: for a state, and for a button to be enabled.
  const shows = async (words) => {
    while (!(await page.evaluate((wanted) => document.body.innerText.includes(wanted), words))) await setTimeout(100);
  };
  const press = (name) => page.locator(`::-p-aria([name='${name}'][role='button'])`).setWaitForEnabled(false).click();
  await shows("ZZZ0016");
  const camera = await page.waitForSelector("input[capture=environment]");
  await camera.uploadFile(picture);
  await press("Forearm");
  await press("Left");
  await press("Back to all photos");
  await press("Send 1 photo");
  await shows("The photo is on the desktop");
  await shows("Nothing is left on this phone.");
  const url = page.url();
  process.stdout.write(JSON.stringify({ url, fragile: await page.$(".bar-warn") !== null, complaints }));
} finally {
  await browser.close();
}
