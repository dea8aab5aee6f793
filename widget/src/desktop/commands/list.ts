// Everything that can be done now, by name, each with its key; found by the first letters of its words.
import { findPhrases, type PhraseFound } from "../../shared/bodySites/phrase";
import { sideWord } from "../../shared/wording";
import { drawable } from "../editing/editing";
import { removable } from "../images/images";
import type { Store } from "../store";
import { commandWords as words } from "./locale";

export type Command = { name: string; keys?: string; run: () => void };

const folded = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const wordsIn = (text: string) =>
  folded(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Each word typed begins a word of the name. */
export function matching(commands: readonly Command[], typed: string): Command[] {
  const wanted = wordsIn(typed);
  return commands.filter(({ name }) => {
    const has = wordsIn(name);
    return wanted.every((word) => has.some((one) => one.startsWith(word)));
  });
}

export function commandsOf(store: Store, pickFiles: () => void): Command[] {
  const { images, uploads, session, filing, earlier, webcam, handoff } = store;
  const count = images.all.value.length;
  const room = uploads.room.value > 0;
  const known = earlier.offer.value?.available;
  return [
    ...(room ? [{ name: words.add, run: pickFiles }] : []),
    ...(room ? [{ name: words.webcam, keys: "C", run: webcam.show }] : []),
    { name: words.phone, keys: "P", run: () => void handoff.show() },
    ...(known ? [{ name: words.earlier, run: earlier.show }] : []),
    ...(filing.ready.value.length > 0
      ? [{ name: words.file, keys: "Ctrl + Enter", run: () => void filing.review() }]
      : []),
    ...(filing.handedOver.value.length > 0 ? [{ name: words.receipt, run: filing.showReceipt }] : []),
    ...(count > 0 ? ofPhotos(store) : []),
    ...(session.session.value && store.tray.items.value.length > 0
      ? [{ name: words.tray, run: store.tray.show }]
      : []),
    { name: words.keep, run: () => void session.prolong() },
    { name: words.help, keys: "?", run: store.help.show },
  ];
}

function ofPhotos(store: Store): Command[] {
  const { images, details, editor, preferences, undo, session } = store;
  const image = images.selected.value;
  const several = images.picked.value.length > 1;
  const other = preferences.layout.value === "grid" ? "strip" : "grid";
  const able = session.capabilities.value;
  const describing = details.merged.value !== null && able;
  return [
    ...(image && drawable(image)
      ? [{ name: words.edit, keys: "E", run: () => void editor.open(image) }]
      : []),
    ...(images.picked.value.some(removable)
      ? [{ name: words.remove(several), keys: "Delete", run: images.removePicked }]
      : []),
    { name: words.next, keys: "→", run: () => images.move(1) },
    { name: words.previous, keys: "←", run: () => images.move(-1) },
    { name: words.later, keys: "Ctrl + →", run: () => images.shift(1) },
    { name: words.earlierInOrder, keys: "Ctrl + ←", run: () => images.shift(-1) },
    { name: words.all, keys: "Ctrl + A", run: images.pickAll },
    { name: words.undo, keys: "Ctrl + Z", run: () => void undo.undo() },
    { name: words.layout[other], run: () => preferences.setLayout(other) },
    ...(describing
      ? [
          ...able.lateralities.map((side) => ({
            name: words.side(sideWord(side)),
            run: () => details.setSide(side),
          })),
          ...able.views.map(({ code, display }) => ({
            name: words.view(display),
            run: () => details.setView(code as Parameters<typeof details.setView>[0]),
          })),
          ...able.types.map(({ code, display }) => ({
            name: words.type(display),
            run: () => details.change({ type: code as "lesion" }),
          })),
          { name: words.applyToAll, run: details.applyToAll },
        ]
      : []),
  ];
}

const MOST_SITES = 3;

/** Site, side, view, type and label in one line, as in the body site's own box. */
export function sitesFor(store: Store, typed: string): Command[] {
  const { details, session } = store;
  const able = session.capabilities.value;
  if (!able || !details.merged.value || typed.trim().length < 2) return [];
  return findPhrases(typed, able, MOST_SITES).map((found) => ({
    name: words.describe(named(found)),
    run: () => details.say(found),
  }));
}

const named = ({ site, side, view, type, label }: PhraseFound) =>
  [side ? `${site.display} · ${sideWord(side)}` : site.display, type, view, label]
    .filter(Boolean)
    .join(" – ");
