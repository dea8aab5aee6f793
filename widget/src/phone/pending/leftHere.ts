// What earlier pages left on this phone: this session's images come back, others are offered, and nothing is lost unasked.
import { signal } from "@preact/signals";
import type { PhoneSession } from "../../api/types";
import type { Memory } from "../../shared/storage";
import type { Facts } from "../types";
import type { Held } from "./held";
import { createKeyList, type KeyList } from "./keyList";
import type { Owner, PendingStore, StoredImage } from "./storage/pendingStore";

const DESTROYED = "clinicpro-phone-destroyed";

type Parts = {
  held: Held;
  pendingStore: PendingStore;
  session: () => PhoneSession;
  /** Is the same for all tabs, and outlives them. */
  shared: Memory;
  /** What a page of this browser has sent or removed. */
  finished: KeyList;
  /** For which Send was pressed, even if the store doesn't say so yet. */
  pressed: KeyList;
};

export function createLeftHere({ held, pendingStore, session, shared, finished, pressed }: Parts) {
  const destroyed = createKeyList(shared, DESTROYED);
  /** Images of an earlier session of this patient: offered, not sent automatically. */
  const earlier = signal<StoredImage[]>([]);
  /** Images of this patient that the browser has and can't read now. */
  const unreadables = signal<Owner[]>([]);
  /** Another patient's unsent images; nothing of them is shown but their number. */
  const strangers = signal<Owner[]>([]);
  /** How many images another page on this phone destroyed, because it was opened for another patient. */
  const destroyedElsewhere = signal(0);
  /** How many unsent images the browser has cleared away under this page. */
  const cleared = signal(0);

  /** Whose unsent images this phone holds, before a code of anyone is used. */
  async function owners(): Promise<Owner[]> {
    const { images: readable, unreadable: shut } = await pendingStore.all();
    return [...readable.filter(({ facts }) => facts.stage !== "behind"), ...shut];
  }

  /** Restores what this session left here. Images of another patient are never shown, and destroyed only if `destroy`. */
  async function recall({ destroy = false } = {}) {
    const { sessionId, patientTag } = session();
    const found = await pendingStore.all();
    held.noteRisk();
    // Photos that are on a desktop already: their originals can't follow any more.
    const late = found.images.filter((each) => each.facts.stage === "behind" && each.sessionId !== sessionId);
    await pendingStore.remove(late.map(({ key }) => key));
    const left = [...found.images, ...found.unreadable].filter(
      (each) => !late.some(({ key }) => key === each.key),
    );
    const theirs = left.filter((each) => each.patientTag !== patientTag);
    if (destroy) await destroyAll(theirs);
    strangers.value = destroy ? [] : theirs;
    unreadables.value = found.unreadable.filter((each) => each.patientTag === patientTag);
    const own = found.images
      .filter((each) => each.patientTag === patientTag && !late.includes(each))
      .map((each) => (pressed.has(each.key) ? { ...each, facts: { ...each.facts, wanted: true } } : each));
    earlier.value = own.filter((each) => each.sessionId !== sessionId && !held.has(each.key));
    for (const each of own) if (each.sessionId === sessionId) held.bringIn(each);
  }

  async function destroyAll(theirs: readonly Owner[]) {
    if (theirs.length === 0) return;
    const keys = theirs.map(({ key }) => key);
    destroyed.add(keys);
    await pendingStore.remove(keys);
  }

  async function destroyStrangers() {
    const theirs = strangers.peek();
    strangers.value = [];
    await destroyAll(theirs);
  }

  const isUnsent = ({ stage }: Pick<Facts, "stage">) => stage !== "landed" && stage !== "behind";

  /** Shows no longer what another page on this phone has destroyed, or sent, or what the browser has cleared away. */
  async function forgetRemoved() {
    const { images: readable, unreadable: shut, complete } = await pendingStore.all();
    if (!complete) return;
    const here = new Set([...readable, ...shut].map(({ key }) => key));
    const shown = held.images.peek().filter(({ key }) => held.has(key));
    const gone = [...shown, ...earlier.peek().map(({ key, facts }) => ({ key, stage: facts.stage }))].filter(
      ({ key }) => !here.has(key),
    );
    destroyedElsewhere.value += gone.filter(({ key }) => destroyed.has(key)).length;
    cleared.value += gone.filter(
      (each) => isUnsent(each) && !destroyed.has(each.key) && !finished.has(each.key),
    ).length;
    for (const { key } of gone) held.forget(key);
    await pendingStore.remove(gone.map(({ key }) => key));
    earlier.value = earlier.peek().filter(({ key }) => here.has(key));
  }

  /** Shows no longer as unsent what another page of this browser, such as the same code in a second tab, has sent or removed. */
  function forgetFinished() {
    earlier.value = earlier.peek().filter(({ key }) => !finished.has(key));
    for (const image of held.images.peek()) {
      if (isUnsent(image) && finished.has(image.key)) held.forget(image.key);
    }
  }

  async function addEarlier() {
    const offered = earlier.value;
    earlier.value = [];
    for (const each of offered) {
      const moved = { ...each, sessionId: session().sessionId };
      await pendingStore.change(moved);
      held.bringIn(moved);
    }
  }

  async function deleteEarlier() {
    const offered = earlier.value;
    earlier.value = [];
    await deleteAll(offered);
  }

  async function deleteAll(several: readonly Owner[]) {
    const keys = several.map(({ key }) => key);
    finished.add(keys);
    await pendingStore.remove(keys);
  }

  async function deleteUnreadable() {
    const shut = unreadables.value;
    unreadables.value = [];
    await deleteAll(shut);
  }

  return {
    earlier,
    unreadables,
    strangers,
    destroyedElsewhere,
    cleared,
    owners,
    recall,
    forgetRemoved,
    forgetFinished,
    destroyStrangers,
    addEarlier,
    deleteEarlier,
    deleteUnreadable,
  };
}
