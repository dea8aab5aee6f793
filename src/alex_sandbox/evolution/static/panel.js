// The panel that holds ClinicPro Images. It says whose record it shows, and is told whose is open here; two patients
// side by side without a word would be an invitation to file into the wrong record.
import { $, $$, togglePalette, windowState } from "./window.js";

const frame = $("#panel iframe");
let opened = { id: "", name: "" }; // whom the panel was opened for; nobody has no id
let shown; // the id of the patient whom the widget says it shows; undefined until it has said so
let unfiled = 0;
let origin = ""; // the widget's, once it has spoken

const openId = () => windowState().get("patient");
const nameOf = (id) => {
  if (id && id === opened.id) return opened.name;
  if (id && id === openId()) return $(".banner h2").textContent;
  const listed = id && $$(".patient").find((each) => each.value === id);
  return listed ? $(".patient-name", listed).textContent : "";
};

export function openPanel() {
  opened = { id: "", name: "" };
  opened = { id: openId(), name: nameOf(openId()) };
  shown = undefined;
  $("#panel").hidden = false;
  document.body.classList.add("with-panel", "palette-away");
  $("[data-palette-button]").setAttribute("aria-expanded", "false");
  comparePanel();
}

export function comparePanel() {
  if ($("#panel").hidden) return;
  const there = shown === undefined ? opened.id : (shown ?? "");
  const name = nameOf(there);
  $("#panel-title").textContent = name ? `ClinicPro Images – opened for ${name}` : "ClinicPro Images – no patient open";
  const differs = there !== openId();
  $("#panel").classList.toggle("panel-other", differs);
  $("[data-panel-differs]").hidden = !differs;
  if (!differs) return;
  const now = nameOf(openId());
  const left = unfiled > 0 ? `, ${unfiled} not filed` : "";
  $("[data-panel-says]").textContent = `Still for ${name || "no patient"}${left} – Evolution shows ${now || "no patient"}`;
  $("[data-panel-open]").textContent = `Open ${now}`;
  $("[data-panel-open]").hidden = !now;
}

export function tellPanel() {
  if (!origin || $("#panel").hidden) return;
  frame.contentWindow.postMessage({ type: "clinicpro.patient", patientId: openId() || null }, origin);
}

export function closePanel() {
  opened = { id: "", name: "" };
  shown = undefined;
  origin = "";
  $("#panel").hidden = true;
  frame.src = "about:blank";
  document.body.classList.remove("with-panel");
  if (document.body.classList.contains("palette-away")) togglePalette();
}

window.addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow) return;
  if (event.data?.type === "clinicpro.ready") {
    origin = event.origin;
    tellPanel();
  } else if (event.data?.type === "clinicpro.session") {
    shown = event.data.patientId;
    unfiled = event.data.unfiled;
    comparePanel();
  }
});
