// The e-referral form: checks files as a form of the next hop does, and says what would have been sent.

const $ = (selector) => document.querySelector(selector);
const ALLOWED = /\.(jpe?g|png|pdf|zip)$/i;
const size = (bytes) => (bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`);

/** Why a file isn't taken, or null. */
function refusal(file, place) {
  const option = $("[data-referral-limit]").selectedOptions[0];
  if (!ALLOWED.test(file.name)) return /\.tiff?$/i.test(file.name) ? "TIF files are not supported" : "this type is not supported";
  if (file.size > Number(option.value)) return `${size(file.size)} is over the limit of ${option.textContent}`;
  if (option.dataset.files && place >= Number(option.dataset.files)) return `only ${option.dataset.files} files are taken`;
  return null;
}

const chosen = () => [...$("[data-referral-files]").files].map((file, place) => ({ file, why: refusal(file, place) }));

function list() {
  $("[data-referral-list]").replaceChildren(
    ...chosen().map(({ file, why }) => {
      const line = document.createElement("li");
      line.textContent = why ? `${file.name}: not attached, ${why}` : `${file.name}, ${size(file.size)}`;
      line.toggleAttribute("data-refused", Boolean(why));
      return line;
    }),
  );
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-referral-files], [data-referral-limit]")) list();
});

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-referral]")) return;
  event.preventDefault();
  const files = chosen();
  const refused = files.filter(({ why }) => why).length;
  const documents = event.target.querySelectorAll("[name=document]:checked").length;
  const counted = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;
  $("[data-referral-result]").textContent = refused
    ? `Not sent: ${counted(refused, "file")} can't be attached. Choose smaller or other files.`
    : `Sent in the sandbox only, with ${counted(documents, "scanned document")} and ${counted(files.length, "file")}.`;
});
