// Photos that the record already holds: the list, the one chosen to show beside the new photo, and how they are compared.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Alignment, EarlierImage, EarlierImages, Image } from "../../api/types";
import type { DetailsSlice, Draft } from "../details/details";
import { editable, type Images } from "../images/images";
import { isLocal } from "../images/local";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";
import { createTurns } from "./comparison/turns";

const words = locale.earlier;

const OVERLAY = 30;

/** Fewer than a browser's connections to one server: where Medtech hangs, the rest of the page goes on. */
const READ_AT_ONCE = 3;

const FILED: ReadonlySet<Image["state"]> = new Set(["partly", "committed"]);

export type ComparedBy = "side" | "swipe" | "blink";

export function createEarlier(
  gateway: Gateway,
  session: SessionSlice,
  images: Images,
  details: DetailsSlice,
  notices: NoticesSlice,
) {
  const listed = signal<EarlierImages | null>(null);
  const problem = signal<ApiProblem | null>(null);
  const loading = signal(false);
  const open = signal(false);
  const chosenId = signal<string | null>(null);
  const comparison = signal<ComparedBy>("side");
  /** How strongly the chosen photo is drawn over a viewfinder, in per cent. */
  const overlay = signal(OVERLAY);

  const offer = computed(() => session.capabilities.value?.earlierImages ?? null);
  const chosen = computed(() => listed.value?.images.find((image) => image.id === chosenId.value) ?? null);
  const filed = computed(() => images.all.value.filter(({ state }) => FILED.has(state)).length);
  /** How many of this session's photos were filed when the list was read. */
  const filedThen = signal(0);
  const count = computed(() => {
    const found = filed.value === filedThen.value ? listed.value : null;
    // Not "0" where there may be some that aren't shown.
    return found?.images.length || (found && !found.more && !found.unproven ? 0 : null);
  });

  /** `background`: no one asked, so it must not keep the session open. */
  async function load(background = false) {
    if (loading.value) return;
    loading.value = true;
    problem.value = null;
    const filedNow = filed.peek();
    try {
      const found = await gateway.earlierImages(background);
      // After a reload, what was chosen before.
      if (!listed.value && !chosenId.value) chosenId.value = found.chosen;
      filedThen.value = filedNow;
      listed.value = found;
    } catch (cause) {
      // Nothing was promised yet: a list that no one asked for fails without a word, and is tried again when opened.
      problem.value = background ? null : session.note(asProblem(cause));
    }
    loading.value = false;
  }

  function show() {
    open.value = true;
    // A session lasts an hour and more: that there were none then is no answer now.
    if (listed.value?.images.length === 0) listed.value = null;
    if (!listed.value || filed.value !== filedThen.value) void load();
  }

  /** The page's own files could not be fetched. */
  function notFetched() {
    close();
    chosenId.value = null;
    notices.say(words.notOpened, "bad");
  }

  const close = () => {
    open.value = false;
  };

  function choose(id: string) {
    chosenId.value = id;
    close();
    void share();
  }

  function putAway() {
    chosenId.value = null;
    void share();
  }

  let sharing = false;

  /** The phone shows the chosen photo too. One call at a time, so that the last choice is also the last to arrive. */
  async function share() {
    if (sharing) return;
    sharing = true;
    let shared: string | null;
    do {
      shared = chosenId.peek();
      await gateway.chooseEarlier(shared).catch((cause) => {
        session.note(asProblem(cause));
        if (shared && shared === chosenId.peek()) notices.say(words.notOnPhone, "quiet");
      });
    } while (shared !== chosenId.peek());
    sharing = false;
  }

  const compareBy = (how: ComparedBy) => {
    comparison.value = how;
  };

  /** Where the chosen photo lies over a new one, by both of their ids. */
  const alignments = signal<ReadonlyMap<string, Alignment | "looking">>(new Map());
  const lineUp = signal(true);
  const turns = createTurns(READ_AT_ONCE);

  const alignmentOf = (imageId: string) => alignments.value.get(`${chosenId.value} ${imageId}`) ?? null;

  /** Without an answer, the photos are shown as they were taken. */
  async function align(imageId: string) {
    const id = chosenId.peek();
    const key = `${id} ${imageId}`;
    if (!id || isLocal(imageId) || alignments.peek().has(key)) return;
    const answered = (alignment: Alignment | "looking") => {
      alignments.value = new Map(alignments.peek()).set(key, alignment);
    };
    answered("looking");
    try {
      answered(await gateway.alignment(id, imageId));
    } catch (cause) {
      session.note(asProblem(cause));
      answered({ matrix: null, reason: "unavailable" });
    }
  }

  const setLineUp = (wanted: boolean) => {
    lineUp.value = wanted;
  };

  const showOverlay = (strength: number) => {
    overlay.value = strength;
  };

  /** Site, side, type and label of the chosen photo, for every editable photo that is selected. */
  function sameLesion() {
    const from = chosen.value;
    if (!from) return;
    const { count, takeBack } = details.sameLesion(lesionOf(from));
    notices.say(words.taken(count), "quiet", { label: words.undo, run: takeBack });
  }

  /** Whether there is anything to take over, and a photo to give it to. */
  const transferable = computed(
    () =>
      chosen.value !== null &&
      Object.keys(lesionOf(chosen.value)).length > 0 &&
      images.picked.value.some(editable),
  );

  function forget() {
    listed.value = null;
    chosenId.value = null;
    alignments.value = new Map();
    close();
  }

  return {
    offer,
    listed,
    problem,
    loading,
    open,
    chosen,
    count,
    comparison,
    overlay,
    notFetched,
    transferable,
    load,
    show,
    close,
    choose,
    putAway,
    compareBy,
    lineUp,
    turns,
    setLineUp,
    align,
    alignmentOf,
    showOverlay,
    sameLesion,
    forget,
  };
}

/** What makes it the same lesion. The view is each photo's own. */
function lesionOf(image: EarlierImage): Draft {
  if (!image.ours) return {};
  return {
    ...(image.bodySite && { bodySite: image.bodySite, laterality: image.laterality }),
    ...(image.type && { type: image.type as Image["type"] }),
    ...(image.label && { label: image.label }),
  };
}
