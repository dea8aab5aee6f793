// A whole visit in one browser profile, by the buttons: filing, a referral, a phone, and a patient found by NHI. Called by test_profile.py.
import { createRequire } from "node:module";

const [browser, executablePath, userDataDir, plan] = process.argv.slice(2);
const { launch, practice, nhi, born, picture, label, note, downloads } = JSON.parse(plan);
const { launch: open } = createRequire(new URL("../../widget/package.json", import.meta.url))("puppeteer-core");

const opened = await open({
  browser,
  executablePath,
  userDataDir,
  headless: true,
  args: browser === "chrome" ? ["--no-sandbox", "--disable-gpu"] : [],
  // As a practice's Firefox is set, but for how often it writes the session that it would restore.
  extraPrefsFirefox: {
    "browser.sessionstore.interval": 500,
    "browser.sessionstore.resume_from_crash": true,
    "browser.sessionstore.privacy_level": 0,
    "browser.cache.disk.enable": true,
    "browser.cache.memory.enable": true,
    "browser.formfill.enable": true,
    "places.history.enabled": true,
    "browser.download.folderList": 2,
    "browser.download.dir": downloads,
  },
  downloadBehavior: { policy: "allow", downloadPath: downloads },
});
const shows = (page, words) =>
  page.waitForFunction((wanted) => document.body?.innerText.includes(wanted), { timeout: 30_000 }, words);
const press = (page, name) => page.locator(`::-p-aria([name='${name}'][role='button'])`).click();
const pause = (milliseconds) => new Promise((resume) => setTimeout(resume, milliseconds));

const page = await opened.newPage();
await page.setViewport({ width: 1280, height: 800 });
await page.goto(launch);
await shows(page, nhi);
const chooser = await page.waitForSelector("input[type=file]");
await chooser.uploadFile(picture);
await press(page, "Forearm");
await press(page, "Left");
await page.locator("::-p-aria([name='Label'][role='textbox'])").fill(label);
await page.locator("::-p-aria([name='Note'][role='textbox'])").fill(note);
await shows(page, label);
await shows(page, "Saved");
await press(page, "File 1 photo to record");
await page.locator("::-p-aria([name='File to record'][role='button'])").click();
await shows(page, "Filed in the record");
await page.locator(".referral-names input").click();
await press(page, "Save the photo (ZIP)");
await shows(page, "Saved");
await page.locator(".referral-file + .button, .referral-files .button:last-of-type").wait();
for (const name of await page.$$eval(".referral-files .button", (all) => all.map((each) => each.ariaLabel ?? "")))
  if (name.startsWith("Save for e-referral")) await page.locator(`::-p-aria([name='${name}'])`).click();
await pause(500);

const address = await page.evaluate(
  async () => (await (await fetch("/api/handoff", { method: "POST" })).json()).url,
);
const phone = await opened.newPage();
await phone.setViewport({ width: 390, height: 844 });
await phone.goto(address);
await shows(phone, nhi);
const camera = await phone.waitForSelector("input[capture=environment]");
await camera.uploadFile(picture);
await press(phone, "Forearm");

const finder = await opened.newPage();
await finder.goto(`${practice}/sign-in`);
await finder.waitForSelector("#nhi");
await finder.select("#provider", await finder.$eval("#provider option:nth-child(2)", ({ value }) => value));
await finder.type("#nhi", nhi);
if (await finder.$("#birth-date")) await finder.$eval("#birth-date", (field, date) => { field.value = date; }, born);
await finder.locator("button.go").click();
await shows(finder, "Is this your patient?");
await pause(3000); // both browsers write their session a moment after a page has changed
await opened.close();
process.stdout.write("visited");
