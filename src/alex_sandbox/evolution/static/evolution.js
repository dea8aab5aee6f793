// The desktop window: updates without reloading, keeps its state, and polls for new items.
import { closePanel, comparePanel, openPanel, tellPanel } from "./panel.js";
import { $, $$, togglePalette, windowState } from "./window.js";

const POLL_MS = 1000;
let selected = null; // id of the item in the reading pane
let highest = 0; // the newest serial this window has shown
let latestSwap = 0;

// --- window state: the forms' fields, kept in sessionStorage so that they survive a reload --------------------

async function swap(form) {
  const swapNumber = ++latestSwap;
  const response = await fetch("/evolution", { method: "POST", body: form });
  if (!response.ok || swapNumber !== latestSwap) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const view = saveView();
  $("#desk").replaceWith(page.adoptNode($("#desk", page)));
  $(".titlebar-facility").textContent = $(".titlebar-facility", page).textContent;
  restoreView(view);
  sessionStorage.setItem("evolution.state", windowState().toString());
  update();
}

function saveView() {
  const active = document.activeElement;
  return {
    focus: active?.id,
    caret: active?.selectionStart,
    scroll: ["palette-list", "list", "pane"].map((id) => [id, $(`#${id}`)?.scrollTop ?? 0]),
    anchor: anchor(),
    fields: $$("[data-keep]").map((field) => [field.id, field.value]),
    palette: document.body.classList.contains("palette-away"),
    state: windowState().toString(),
  };
}

// The topmost visible row and its distance from the list's top, so that new rows above it don't move it.
function anchor() {
  const list = $("#list");
  const row = list.scrollTop > 0 && rows().find((each) => each.offsetTop + each.offsetHeight > list.scrollTop);
  return row ? { item: row.dataset.item, below: row.offsetTop - list.scrollTop } : null;
}

function restoreView(view) {
  const sameState = view.state === windowState().toString();
  for (const [id, value] of view.fields) if ($(`#${id}`)) $(`#${id}`).value = value;
  filterPatients();
  for (const [id, top] of view.scroll) {
    if ($(`#${id}`) && (sameState || id === "palette-list")) $(`#${id}`).scrollTop = top;
  }
  const anchored = sameState && view.anchor && rowOf(view.anchor.item);
  if (anchored) $("#list").scrollTop = anchored.offsetTop - view.anchor.below;
  const focused = view.focus ? document.getElementById(view.focus) : null;
  focused?.focus({ preventScroll: true });
  if (focused?.setSelectionRange && view.caret != null) focused.setSelectionRange(view.caret, view.caret);
  $("[data-palette-button]").setAttribute("aria-expanded", String(!view.palette));
  if (!sameState) selected = null;
}

// --- the list and the reading pane -----------------------------------------------------------------------------

const rows = () => $$("#list .row");
const rowOf = (item) => rows().find((row) => row.dataset.item === item);
const paneShows = () => $("#pane") !== null && getComputedStyle($("#pane")).display !== "none";

function select(row, { reveal = false } = {}) {
  selected = row.dataset.item;
  for (const each of rows()) each.toggleAttribute("data-selected", each === row);
  const pane = $("#pane");
  if (pane.dataset.shown !== selected) {
    pane.replaceChildren($("template", row.parentElement).content.cloneNode(true));
    pane.dataset.shown = selected;
    pane.scrollTop = 0;
  }
  if (reveal) row.scrollIntoView({ block: "nearest" });
}

function activate(row) {
  select(row);
  if (!paneShows()) openViewer(row);
}

function move(step) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.item === selected);
  const row = all[Math.min(all.length - 1, Math.max(0, at + step))];
  if (!row) return;
  select(row, { reveal: true });
  row.focus({ preventScroll: true });
}

// --- the viewer ------------------------------------------------------------------------------------------------

const viewer = $("#viewer");

function openViewer(row) {
  if (row.dataset.preview === "document") {
    window.open(row.href, "_blank", "noopener");
    return;
  }
  const details = $("template", row.parentElement).content;
  $("#viewer-title").textContent = $("h3", details).textContent;
  const image = $(".viewer-stage img");
  image.hidden = row.dataset.preview !== "image";
  if (!image.hidden) image.src = row.href;
  image.alt = $("h3", details).textContent;
  $(".viewer-stage p").textContent = $(".item-body", details)?.textContent ?? "";
  $(".viewer-foot").textContent = $$("dl > div", details)
    .map((pair) => `${$("dt", pair).textContent}: ${$("dd", pair).textContent}`)
    .join("   ·   ");
  zoom(false);
  select(row, { reveal: true });
  if (!viewer.open) viewer.showModal();
}

function stepViewer(step) {
  const all = rows().filter((row) => row.dataset.preview !== "document");
  const next = all[all.findIndex((row) => row.dataset.item === selected) + step];
  if (next) openViewer(next);
}

function zoom(actualSize) {
  viewer.classList.toggle("viewer-real", actualSize);
  $("[data-viewer-zoom]").setAttribute("aria-pressed", String(actualSize));
}

viewer.addEventListener("click", (event) => {
  if (event.detail > 1) return; // the second click of the double-click that opened it
  const step = event.target.closest("[data-viewer-step]");
  if (step) stepViewer(Number(step.dataset.viewerStep));
  else if (event.target.closest("[data-viewer-zoom]") || event.target.matches(".viewer-stage img")) {
    zoom(!viewer.classList.contains("viewer-real"));
  } else if (event.target.closest("[data-viewer-close]") || event.target.matches(".viewer-stage")) viewer.close();
});
viewer.addEventListener("close", () => rowOf(selected)?.focus({ preventScroll: true }));
viewer.addEventListener("keydown", (event) => {
  if (event.key === "ArrowRight" || event.key === "ArrowDown") stepViewer(1);
  else if (event.key === "ArrowLeft" || event.key === "ArrowUp") stepViewer(-1);
  else if (event.key === " " && !event.target.closest("button")) zoom(!viewer.classList.contains("viewer-real"));
  else return;
  event.preventDefault();
});

// --- the palette -----------------------------------------------------------------------------------------------

const withoutMarks = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filterPatients() {
  const terms = withoutMarks($("#palette-search").value).split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const patient of $$(".patient:not(.patient-none)")) {
    const text = withoutMarks(patient.textContent);
    patient.hidden = !terms.every((term) => text.includes(term));
    if (!patient.hidden) shown += 1;
  }
  $(".palette-nobody").hidden = shown > 0;
}

function movePatient(step) {
  const all = $$(".patient").filter((patient) => !patient.hidden);
  const at = all.indexOf(document.activeElement);
  if (at + step < 0) $("#palette-search").focus();
  else all[Math.min(all.length - 1, at + step)]?.focus();
}

// --- mouse, touch and keyboard ---------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-launch]") && event.submitter?.matches("[data-panel-button]")) {
    openPanel();
  }
  if (!form.matches("[data-swap]")) return;
  event.preventDefault();
  if (form.id === "palette-list") $("#palette-search").value = "";
  swap(new URLSearchParams(new FormData(form, event.submitter)));
});

document.addEventListener("change", (event) => {
  event.target.closest("[data-auto]")?.requestSubmit();
});

document.addEventListener("input", (event) => {
  if (event.target.id === "palette-search") filterPatients();
});

document.addEventListener("click", (event) => {
  const row = event.target.closest(".row");
  if (row && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    if (event.target.closest(".row-view")) {
      select(row);
      openViewer(row);
    } else activate(row);
  } else if (event.target.closest("[data-viewer-open]")) openViewer(rowOf(selected));
  else if (event.target.closest("[data-panel-close]")) closePanel();
  else if (event.target.closest("[data-panel-open]")) $("[data-panel-button]").click();
  else if (event.target.closest("[data-palette-button]")) togglePalette();
  else if (event.target.closest("[data-theme-button]")) nextTheme();
});

document.addEventListener("dblclick", (event) => {
  const row = event.target.closest(".row");
  if (row) openViewer(row);
});

document.addEventListener("keydown", (event) => {
  if (viewer.open || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.matches("input, select, textarea");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (event.key === "/" && !typing) {
    document.body.classList.remove("palette-away");
    $("#palette-search").focus();
  } else if (event.target.closest(".palette") && step) movePatient(step);
  else if (event.target.id === "palette-search" && event.key === "Enter") {
    $$(".patient:not(.patient-none)").find((patient) => !patient.hidden)?.click();
  } else if (event.target.closest(".tabs") && (event.key === "ArrowRight" || event.key === "ArrowLeft")) {
    const tabs = $$(".tab");
    tabs[tabs.indexOf(event.target) + (event.key === "ArrowRight" ? 1 : -1)]?.focus();
  } else if (event.target.closest(".row") && event.key === "Enter") openViewer(event.target.closest(".row"));
  else if (!typing && !event.target.closest(".palette") && step && rows().length) move(step);
  else if (event.key === "Escape" && !$("#panel").hidden) closePanel();
  else return;
  event.preventDefault();
});

function nextTheme() {
  const order = ["", "light", "dark"];
  const next = order[(order.indexOf(document.documentElement.dataset.theme ?? "") + 1) % order.length];
  if (next) document.documentElement.dataset.theme = next;
  else delete document.documentElement.dataset.theme;
  if (next) localStorage.setItem("evolution.theme", next);
  else localStorage.removeItem("evolution.theme");
}

// --- polling for new items -------------------------------------------------------------------------------------

async function poll() {
  try {
    const { version } = await (await fetch("/evolution/pulse")).json();
    document.body.classList.remove("lost");
    if (String(version) !== $("#desk").dataset.version) {
      const before = highest;
      const counts = new Map($$(".tab").map((tab) => [tab.value, countOf(tab)]));
      await swap(windowState());
      announce(before, counts);
    }
  } catch {
    document.body.classList.add("lost");
  }
}

const countOf = (tab) => Number($(".count", tab)?.textContent ?? 0);

function announce(before, counts) {
  for (const row of rows()) if (Number(row.dataset.serial) > before) row.dataset.fresh = "";
  const news = $$(".tab")
    .map((tab) => [$("span", tab).textContent, countOf(tab) - counts.get(tab.value)])
    .filter(([, more]) => more > 0)
    .map(([name, more]) => `${more} new in ${name}`);
  if (news.length) $("#news").textContent = news.join(", ");
}

function update() {
  highest = Math.max(highest, 0, ...rows().map((row) => Number(row.dataset.serial)));
  const row = rowOf(selected) ?? (paneShows() ? rows()[0] : null);
  if (row) select(row);
  comparePanel();
  tellPanel();
}

const savedState = sessionStorage.getItem("evolution.state");
if (savedState) await swap(new URLSearchParams(savedState));
else update();
setInterval(poll, POLL_MS);
document.addEventListener("visibilitychange", () => document.hidden || poll());
