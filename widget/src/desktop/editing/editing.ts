// Which image is being edited: fetches its full bytes, and turns what was made of it into an image of its own.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem, type Trouble } from "../../api/problem";
import type { Image } from "../../api/types";
import type { Uploads } from "../adding/uploads";
import type { DetailsSlice } from "../details/details";
import { editable, type Images } from "../images/images";
import { isLocal } from "../images/local";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.editing;

/** Pixels that can be drawn on. */
export const drawable = (image: Image) =>
  editable(image) && (image.contentType === "image/jpeg" || image.contentType === "image/png");

/** Why an image that could still be changed can't be drawn on; "" where it can. */
export const whyNotDrawable = (image: Image): string =>
  drawable(image) || !editable(image) ? "" : words.pdf;

export function createEditor(
  gateway: Gateway,
  session: SessionSlice,
  images: Images,
  uploads: Uploads,
  details: DetailsSlice,
  notices: NoticesSlice,
) {
  const image = signal<Image | null>(null);
  const source = signal<Blob | null>(null);
  const saving = signal(false);
  /** How much of the copy has gone out, 0 to 1. */
  const sent = signal(0);
  /** Why the copy was not saved. */
  const problem = signal<Trouble | null>(null);
  /** Somebody wants out; where there is something to lose, the editor asks first. */
  const leaving = signal(false);
  /** How often the editor itself could not be loaded into this page. */
  let failures = 0;
  /** Counts openings: bytes fetched for one that is closed by then are not another's, even of the same image. */
  let openings = 0;

  async function open(wanted: Image | null) {
    if (!wanted || image.value) return;
    if (isLocal(wanted.id)) return notices.say(words.arriving);
    const reason = whyNotDrawable(wanted);
    if (reason) return notices.say(reason);
    if (!drawable(wanted)) return;
    if (uploads.room.value === 0) {
      notices.say(words.bad.full, "bad");
      return;
    }
    const opening = ++openings;
    const current = () => image.value === wanted && opening === openings;
    image.value = wanted;
    source.value = null;
    problem.value = null;
    leaving.value = false;
    try {
      const found = await gateway.content(wanted.id);
      if (current()) source.value = found;
    } catch (cause) {
      const reason = session.note(asProblem(cause));
      if (!current()) return;
      close();
      const again = { label: words.tryAgain, run: () => void open(wanted) };
      notices.fail(words.bad.notOpened, reason, reason.temporary ? again : undefined);
    }
  }

  async function save(edited: Blob) {
    const original = image.value;
    if (!original || saving.value) return;
    saving.value = true;
    sent.value = 0;
    problem.value = null;
    try {
      // The copy is described like the original, so what was said about that must have arrived.
      await details.saveAll();
      const { image: copy } = await gateway.addEdit(original.id, edited, (share) => {
        sent.value = share;
      });
      images.receive(copy);
      images.select(copy.id);
      close();
      notices.say(words.saved(images.numberOf(copy.id)));
    } catch (cause) {
      const { status, detail, reference } = session.note(asProblem(cause));
      const what = status === 0 ? words.bad.perhapsSaved : words.bad.notSaved;
      problem.value = { text: `${what} ${detail}`, reference };
    }
    saving.value = false;
  }

  function close() {
    image.value = null;
    source.value = null;
    leaving.value = false;
  }

  /** The editor itself could not be loaded. The second time, a new page is offered: an update renames its files. */
  function failed(reload: () => void) {
    const wanted = image.value;
    // The photo could not be had either, and that has been said.
    if (!wanted) return;
    close();
    const again = { label: words.tryAgain, run: () => void open(wanted) };
    if (failures === 0) notices.say(words.bad.notLoaded, "bad", again);
    else notices.say(words.bad.notLoadedAgain, "bad", { label: words.reload, run: reload });
    failures += 1;
  }

  return { image, source, saving, sent, problem, leaving, open, save, close, failed };
}
