// Runs before the first paint: light, dark or system appearance.
const chosen = localStorage.getItem("evolution.theme");
if (chosen) document.documentElement.dataset.theme = chosen;
