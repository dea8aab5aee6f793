// Photos that the record already holds: the list, the one chosen to show beside the new photo, and how they are compared.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { EarlierImage, EarlierImages, Image } from "../../api/types";
import type { DetailsSlice, Draft } from "../details/details";
import { editable, type Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.earlier;

const OVERLAY = 30;

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
  const count = computed(() => listed.value?.images.length ?? null);

  /** `background`: no one asked, so it must not keep the session open. */
  async function load(background = false) {
    if (loading.value) return;
    loading.value = true;
    problem.value = null;
    try {
      listed.value = await gateway.earlierImages(background);
    } catch (cause) {
      // Nothing was promised yet: a list that no one asked for fails without a word, and is tried again when opened.
      problem.value = background ? null : session.note(asProblem(cause));
    }
    loading.value = false;
  }

  function show() {
    open.value = true;
    if (!listed.value) void load();
  }

  /** The page's own files could not be fetched. */
  function notFetched() {
    close();
    putAway();
    notices.say(words.notOpened, "bad");
  }

  const close = () => {
    open.value = false;
  };

  function choose(id: string) {
    chosenId.value = id;
    close();
  }

  const putAway = () => {
    chosenId.value = null;
  };

  const compareBy = (how: ComparedBy) => {
    comparison.value = how;
  };

  const showOverlay = (strength: number) => {
    overlay.value = strength;
  };

  /** Site, side, type and label of the chosen photo, for every editable photo that is selected. */
  function sameLesion() {
    const from = chosen.value;
    if (!from) return;
    const change = lesionOf(from);
    const targets = images.picked.value.filter(editable);
    const before = targets.map((image) => ({ id: image.id, draft: pick(details.described(image), change) }));
    for (const image of targets) details.edit(image.id, change);
    notices.say(words.taken(targets.length), "quiet", {
      label: words.undo,
      run: () => {
        for (const { id, draft } of before) details.edit(id, draft);
      },
    });
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
    showOverlay,
    sameLesion,
    forget,
  };
}

export type EarlierSlice = ReturnType<typeof createEarlier>;

/** What makes it the same lesion. The view is each photo's own. */
function lesionOf(image: EarlierImage): Draft {
  if (!image.ours) return {};
  return {
    ...(image.bodySite && { bodySite: image.bodySite, laterality: image.laterality }),
    ...(image.type && { type: image.type as Image["type"] }),
    ...(image.label && { label: image.label }),
  };
}

const pick = (image: Draft, like: Draft): Draft =>
  Object.fromEntries(Object.keys(like).map((field) => [field, image[field as keyof Draft]]));
