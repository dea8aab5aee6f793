// The phone's main path in Firefox: claim, choose, describe, send, done. Called by test_phone_firefox.py with the code's address and a picture.
import { createRequire } from "node:module";

const [address, picture] = process.argv.slice(2);
const { launch } = createRequire(new URL("../../widget/package.json", import.meta.url))("puppeteer-core");

const browser = await launch({
  browser: "firefox",
  executablePath: process.env.FIREFOX ?? "/usr/bin/firefox-esr",
  headless: true,
});
try {
  const page = await browser.newPage();
  await page.setViewport({ width: 390, height: 844 });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(address);
  const shows = (words) =>
    page.waitForFunction((wanted) => document.body.innerText.includes(wanted), { timeout: 30_000 }, words);
  await shows("ZZZ0016");
  const camera = await page.waitForSelector("input[capture=environment]");
  await camera.uploadFile(picture);
  await page.locator("::-p-aria([name='Forearm'][role='button'])").click();
  await page.locator("::-p-aria([name='Left'][role='button'])").click();
  await page.locator("::-p-aria([name='Back to all photos'][role='button'])").click();
  await page.locator("::-p-aria([name='Send 1 photo'][role='button'])").click();
  await shows("The photo is on the desktop");
  await shows("Nothing is left on this phone.");
  const url = page.url();
  process.stdout.write(JSON.stringify({ url, fragile: await page.$(".bar-warn") !== null, complaints }));
} finally {
  await browser.close();
}
