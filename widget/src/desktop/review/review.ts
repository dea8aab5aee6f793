// What is about to be filed: which images, what will be written of each, and what goes with them.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem, type Trouble } from "../../api/problem";
import type { Capabilities, FittedFile, Image, Target } from "../../api/types";
import { createFollowUpDrafts } from "../../shared/followUps/drafts";
import { originalsOf } from "../../shared/images/originals";
import type { Clock } from "../../shared/time/clock";
import type { DetailsSlice } from "../details/details";
import { filedEnding } from "../details/recordLine";
import type { Images } from "../images/images";
import type { SessionSlice } from "../session/session";
import { hurdleWords } from "./hurdles.locale";

const words = hurdleWords;

/** The most photos of one commit: what the server has, until its capabilities are known. */
export const mostPerCommit = (able: Capabilities | null) => able?.limits.maxPerCommit ?? 20;

export function createReview(
  gateway: Gateway,
  clock: Clock,
  session: SessionSlice,
  images: Images,
  details: DetailsSlice,
) {
  const shown = signal<readonly string[]>([]);
  const left = signal<ReadonlySet<string>>(new Set());
  /** What was ticked and unticked by hand; the review may be closed and opened again. */
  const ticks = signal<ReadonlyMap<string, boolean>>(new Map());
  const fits = signal<ReadonlyMap<string, FittedFile[] | Trouble>>(new Map());
  const followUps = createFollowUpDrafts(clock, () => {
    const us = session.session.value?.provider.id ?? "";
    return session.capabilities.value?.recipients.some(({ id }) => id === us) ? us : "";
  });

  /** The one that is looked at closely, over the review. */
  const looked = signal<string | null>(null);
  const lookAt = (id: string | null) => {
    looked.value = id;
  };

  const listed = computed(() =>
    images.staged.value.filter((image) => shown.value.includes(image.id)).map(details.described),
  );
  const chosen = computed(() => listed.value.filter((image) => !left.value.has(image.id)));

  /** The title as it will be filed; one that the patient has already, of an earlier filing, gets a number more. */
  function filedTitle(image: Image): string {
    const ids = chosen.value.map(({ id }) => id);
    const at = ids.indexOf(image.id);
    return at < 0 ? image.title : `${image.title}${filedEnding(image.takenAt, at + 1, ids.length)}`;
  }

  /** The original of an image, if it is in the review too. */
  const originalOf = (image: Image) => listed.value.find((other) => other.id === image.derivedFrom);

  /** Which of these are filed unless something else is ticked: not an original whose edited copy is, or was. */
  function proposedOf(among: readonly Image[]): Image[] {
    const originals = originalsOf(among, images.all.value);
    return among.filter(
      ({ id }) => ticks.value.get(id) ?? !(originals.has(id) || images.leftOut.value.has(id)),
    );
  }

  /** Shows these, with what was ticked and drafted before. */
  function open(ids: readonly string[]) {
    shown.value = ids;
    const proposed = proposedOf(listed.value);
    left.value = new Set(listed.value.filter((image) => !proposed.includes(image)).map(({ id }) => id));
    void fitAll();
  }

  function toggle(id: string) {
    const next = new Set(left.value);
    const ticked = next.delete(id);
    if (!ticked) next.add(id);
    left.value = next;
    ticks.value = new Map(ticks.value).set(id, ticked);
  }

  async function fitAll() {
    for (const { id } of listed.value) {
      if (Array.isArray(fits.value.get(id))) continue;
      let found: FittedFile[] | Trouble;
      try {
        found = await gateway.fit(id);
      } catch (cause) {
        const { temporary, detail, reference } = session.note(asProblem(cause));
        const text = temporary ? words.sizeUnknown : detail;
        found = { text, reference };
      }
      fits.value = new Map(fits.value).set(id, found);
    }
  }

  /** Targets that Medtech has certainly not permitted. */
  const refused = computed((): { target: Target; reason: string }[] => {
    const able = session.capabilities.value;
    if (!able) return [];
    const wanted: Target[] = able.commitTarget === "both" ? ["scan", "media"] : [able.commitTarget];
    return wanted.flatMap((target) => {
      const offer = able.targets[target];
      return offer && !offer.available && offer.certain ? [{ target, reason: offer.reason }] : [];
    });
  });

  /** What still keeps these from being filed, in words. */
  const hurdle = computed((): string => {
    const most = mostPerCommit(session.capabilities.value);
    if (listed.value.length === 0) return words.hurdles.elsewhere;
    if (chosen.value.length === 0) return words.hurdles.none;
    if (followUps.needs.value) return followUps.needs.value;
    return followUps.on.value && chosen.value.length > most ? words.hurdles.tooMany(most) : "";
  });

  return {
    listed,
    chosen,
    filedTitle,
    left,
    fits,
    followUps,
    refused,
    hurdle,
    originalOf,
    proposedOf,
    looked,
    lookAt,
    open,
    toggle,
  };
}

export type ReviewSlice = ReturnType<typeof createReview>;
