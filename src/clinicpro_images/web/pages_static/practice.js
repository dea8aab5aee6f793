// Updates the practice's page every five seconds while it is visible: each section whose content changed is replaced.
"use strict";

const EVERY_MS = 5000;
const live = document.getElementById("live");
let shown = new Map([...document.querySelectorAll("section")].map((each) => [each.id, each.innerHTML]));
let updated = new Date();

// As the times in the table are: New Zealand's, and to 24 hours.
const clock = new Intl.DateTimeFormat("en-NZ", { timeZone: "Pacific/Auckland", hourCycle: "h23", timeStyle: "medium" });
const time = () => clock.format(updated);

function report(text, stale) {
  live.textContent = text;
  live.classList.toggle("stale", stale);
}

function replace(old, html) {
  const open = [...old.querySelectorAll("details")].map((each) => each.open);
  const buttons = [...old.querySelectorAll("button, a, summary")];
  const focused = buttons.indexOf(document.activeElement);
  const form = focused >= 0 ? buttons[focused].closest("form")?.getAttribute("action") : null;
  old.innerHTML = html;
  old.querySelectorAll("details").forEach((each, number) => {
    each.open = open[number] ?? false;
  });
  if (focused < 0) return;
  // The same row may have moved, so a button is found again by what it does.
  const again = form
    ? [...old.querySelectorAll("form")].find((each) => each.getAttribute("action") === form)?.querySelector("button")
    : [...old.querySelectorAll("a, summary")][0];
  again?.focus();
}

async function update() {
  if (document.visibilityState !== "visible") return;
  try {
    const reply = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (reply.type === "opaqueredirect" || reply.status === 401 || reply.status === 403) {
      report(`Your sign-in has ended. These figures are of ${time()}: reload the page to sign in again.`, true);
      return;
    }
    if (!reply.ok) throw new Error(String(reply.status));
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const section of page.querySelectorAll("section")) {
      const old = document.getElementById(section.id);
      if (old && shown.get(section.id) !== section.innerHTML) replace(old, section.innerHTML);
      shown.set(section.id, section.innerHTML);
    }
    updated = new Date();
    report(`Updates automatically. Last at ${time()}.`, false);
  } catch {
    report(`Not up to date: the server can't be reached. These figures are of ${time()}.`, true);
  }
}

// A live region that changes every few seconds would be read out every time.
live.removeAttribute("role");
setInterval(update, EVERY_MS);
document.addEventListener("visibilitychange", update);
update();
