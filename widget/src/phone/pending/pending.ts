// The shots that are still on this phone: taken, kept safe, made ready, described, thrown away.
import { computed, signal } from "@preact/signals";
import type { PhoneSession } from "../../api/types";
import type { Previews } from "../../desktop/images/thumbs";
import type { Clock } from "../../shared/clock";
import type { Darkroom } from "../capture/imageWorker";
import type { Link } from "../link/link";
import type { Facts, Place, Shot } from "../types";
import { createBatches } from "./batches";
import type { Held, Vault } from "./pendingStore";

const NOWHERE: Place = { bodySite: null, laterality: null };

export function createRoll(
  link: Link,
  vault: Vault,
  darkroom: Darkroom,
  previews: Previews,
  clock: Clock,
  newKey: () => string,
) {
  const shots = signal<Shot[]>([]);
  /** Shots of an earlier session of this patient: offered, not sent by themselves. */
  const leftovers = signal<Held[]>([]);
  /** Where the next shot will be. */
  const place = signal<Place>(NOWHERE);
  /** Some shot is only in this page's memory. */
  const fragile = signal(false);
  const { arriving, coming, ...batches } = createBatches();
  const held = new Map<string, Held>();
  const unsent = computed(() => shots.value.filter((shot) => !shot.wanted));
  const moving = computed(() => shots.value.filter((shot) => shot.wanted && shot.state !== "refused"));
  let developing: Promise<void> | null = null;
  /** One write after the other, so that an older word never lands on a newer one. */
  let writing: Promise<unknown> = Promise.resolve();

  const session = () => link.session.peek() as PhoneSession;
  const one = (key: string) => shots.peek().find((shot) => shot.key === key);

  /** Shows something new about a shot; what only the page knows is not stored. */
  function show(key: string, news: Partial<Shot>) {
    shots.value = shots.value.map((shot) => (shot.key === key ? { ...shot, ...news } : shot));
  }

  /** Stores new facts, and bytes if they changed. Nothing happens to a shot that was thrown away meanwhile. */
  async function record(key: string, news: Partial<Facts>, more: { body?: Blob | null; thumb?: Blob } = {}) {
    const before = held.get(key);
    if (!before) return;
    const after = { ...before, facts: { ...before.facts, ...news }, thumb: more.thumb ?? before.thumb };
    held.set(key, after);
    show(key, news);
    const written = writing.then(async () => {
      const newest = held.get(key);
      if (newest && (await vault.change(newest, more.body)) === "memory") fragile.value = true;
    });
    writing = written.catch(() => {});
    await written;
  }

  function shotOf(each: Held): Shot {
    return {
      ...each.facts,
      key: each.key,
      at: each.at,
      preview: each.thumb ? previews.make(each.thumb) : "",
      state: each.facts.stage === "raw" ? "preparing" : "waiting",
      share: 0,
      refusal: null,
    };
  }

  /** Brings back what this session left here; what is another patient's is destroyed. */
  async function recall() {
    fragile.value = !(await vault.lasting);
    const { sessionId, patientTag } = session();
    const all = await vault.all();
    const strange = all.filter((each) => each.patientTag !== patientTag);
    await vault.remove(strange.map((each) => each.key));
    const own = all.filter((each) => each.patientTag === patientTag);
    leftovers.value = own.filter((each) => each.sessionId !== sessionId);
    for (const each of own.filter((each) => each.sessionId === sessionId)) bringIn(each);
    void develop();
  }

  /** Shows no longer what another page on this phone has destroyed. */
  async function lookAgain() {
    const here = new Set((await vault.all()).map((each) => each.key));
    for (const shot of shots.peek()) if (!here.has(shot.key)) await remove(shot.key);
    leftovers.value = leftovers.value.filter((each) => here.has(each.key));
  }

  function bringIn(each: Held) {
    if (held.has(each.key)) return;
    held.set(each.key, each);
    shots.value = [...shots.value, shotOf(each)];
  }

  async function takeLeftovers() {
    const offered = leftovers.value;
    leftovers.value = [];
    for (const each of offered) {
      const moved = { ...each, sessionId: session().sessionId };
      await vault.change(moved);
      bringIn(moved);
    }
    void develop();
  }

  async function dropLeftovers() {
    const offered = leftovers.value;
    leftovers.value = [];
    await vault.remove(offered.map((each) => each.key));
  }

  /** Stores each file before anything else happens to it; `onWanted` hears of one to be sent at once. Answers with the last key. */
  async function add(files: readonly Blob[], origin: Facts["origin"], replaces = "", onWanted = () => {}) {
    const batch = batches.begin(origin, files.length);
    let last = "";
    for (const file of files) {
      const facts: Facts = {
        place: one(replaces)?.place ?? place.peek(),
        hints: [],
        origin,
        stage: "raw",
        wanted: batch.wanted,
        imageId: null,
      };
      const { sessionId, patientTag } = session();
      const each: Held = { key: newKey(), at: clock.now(), sessionId, patientTag, facts, thumb: null };
      if ((await vault.add(each, file)) === "memory") fragile.value = true;
      bringIn(each);
      batches.arrived(batch);
      last = each.key;
      // Send was pressed while this one was being stored.
      if (batch.wanted && !facts.wanted) await record(each.key, { wanted: true });
      if (batch.wanted) onWanted();
      void develop();
    }
    // Only now, so that a camera that was closed without a picture costs nothing.
    if (last && replaces) await remove(replaces);
    return last;
  }

  /** Makes the shots ready, one after the other. */
  function develop(): Promise<void> {
    developing ??= developAll().finally(() => {
      developing = null;
    });
    return developing;
  }

  async function developAll() {
    for (;;) {
      const next = shots.peek().find((shot) => shot.stage === "raw" && shot.state === "preparing");
      if (!next) return;
      const raw = await vault.bytes(next.key);
      const prepared = raw && (await darkroom.prepare(raw));
      if (!one(next.key)) continue;
      // What can't be decoded here goes as it is; the server can do more.
      if (prepared) {
        const { picture, thumb, hints } = prepared;
        await record(next.key, { stage: "ready", hints }, { body: picture, thumb });
        show(next.key, { preview: previews.make(thumb) });
      } else await record(next.key, { stage: "ready" });
      show(next.key, { state: "waiting" });
    }
  }

  /** Says where a shot is; the next one will be there too. */
  async function describe(key: string, news: Partial<Place>) {
    const shot = one(key);
    place.value = { ...(shot?.place ?? place.value), ...news };
    if (shot) await record(key, { place: place.value });
  }

  async function remove(key: string) {
    const gone = one(key);
    held.delete(key);
    shots.value = shots.value.filter((shot) => shot.key !== key);
    if (gone?.preview) previews.drop(gone.preview);
    // A write that is under way must not bring it back.
    const removed = writing.then(() => vault.remove([key]));
    writing = removed.catch(() => {});
    await removed;
  }

  /** All that is left of this patient here, after the link was cut. */
  async function destroy() {
    for (const shot of shots.peek()) await remove(shot.key);
    await dropLeftovers();
  }

  return {
    shots,
    leftovers,
    place,
    fragile,
    arriving,
    coming,
    unsent,
    moving,
    one,
    show,
    record,
    recall,
    lookAgain,
    takeLeftovers,
    dropLeftovers,
    add,
    wantComing: batches.want,
    develop,
    describe,
    remove,
    destroy,
    bytes: vault.bytes,
  };
}

export type Roll = ReturnType<typeof createRoll>;
