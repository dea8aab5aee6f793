// Runs before the first paint: light, dark, or as the system has it.
const chosen = localStorage.getItem("evolution.theme");
if (chosen) document.documentElement.dataset.theme = chosen;
