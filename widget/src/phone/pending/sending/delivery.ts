// One image on its way: ahead of Send, on Send, its details, and its original behind it. Each step can be repeated.
import { ApiProblem, asProblem } from "../../../api/problem";
import type { Details, Image } from "../../../api/types";
import { megabytes } from "../../../shared/wording";
import type { PhoneGateway } from "../../gateway";
import type { Link } from "../../link/link";
import { locale } from "../../locale";
import type { SentImages } from "../../sent/sent";
import type { PendingImage } from "../../types";
import type { Pending } from "../pending";

const words = locale.pending;

type Parts = {
  gateway: PhoneGateway;
  link: Link;
  pending: Pending;
  sentImages: SentImages;
  savesData: () => boolean;
};

export function createDelivery({ gateway, link, pending, sentImages, savesData }: Parts) {
  /** Uploads an image that is still being looked at; no desktop has it before it is released. */
  async function sendAhead({ key, takenAt }: PendingImage) {
    const body = await pending.bytes(key);
    if (!body) return;
    refuseHopeless(body);
    const { image } = await gateway.addAhead(body, takenAt, (share) => pending.show(key, { share }));
    link.connected.value = true;
    // Sent before, and its answer was lost: then it is on the desktop, and only Send says that it is done.
    if (image.state !== "held") return;
    if (pending.one(key)) await pending.record(key, { stage: "ahead", imageId: image.id });
    // Removed while it was uploaded.
    else await gateway.remove(image.id).catch(() => {});
  }

  /** False: its bytes are no longer on this phone. */
  async function deliver(pendingImage: PendingImage): Promise<boolean> {
    const { key } = pendingImage;
    if (pendingImage.stage !== "landed") {
      // What was destroyed here in the meantime must not arrive, even if the server holds it.
      if ((await pending.bytes(key).catch(() => undefined)) === null) return false;
      const image = (await release(pendingImage)) ?? (await add(pendingImage));
      if (!image) return false;
      link.connected.value = true;
      sentImages.receive(image);
      // From here on the server has it: the bytes go, even if what follows takes another try.
      await pending.record(key, { stage: "landed", imageId: image.id }, { body: null });
    }
    const landed = pending.one(key);
    if (landed) await sendDetails(landed);
    if (!(await hasOriginal(key))) await pending.remove(key);
    else {
      pending.show(key, { state: "waiting", share: 0 });
      await pending.record(key, { stage: "behind" });
    }
    return true;
  }

  /** Puts an image that was uploaded ahead on the desktop, described; null if the server doesn't have it any more. */
  async function release({ imageId, stage, ...pendingImage }: PendingImage): Promise<Image | null> {
    if (stage !== "ahead" || !imageId) return null;
    try {
      const news = unsentDetails(pendingImage, null);
      // What the server doesn't take here is told once the image is there.
      if (Object.keys(news).length > 0)
        await gateway.describe(imageId, news).catch((cause) => {
          if (asProblem(cause).status !== 422) throw cause;
        });
      return await gateway.release(imageId);
    } catch (cause) {
      if (asProblem(cause).status !== 404) throw cause;
      return null;
    }
  }

  async function add({ key, takenAt }: PendingImage): Promise<Image | null> {
    const body = await pending.bytes(key);
    if (!body) return null;
    refuseHopeless(body);
    return (await gateway.add(body, takenAt, (share) => pending.show(key, { share }))).image;
  }

  /** Where somebody pays for each megabyte, the small copy has to do. */
  const hasOriginal = async (key: string) =>
    !savesData() && (await pending.original(key).catch(() => null)) !== null;

  /** Sends an original behind its copy. Whatever the server says of it, the copy is on the desktop. */
  async function follow({ key, imageId }: PendingImage, stop: AbortSignal) {
    const original = await pending.original(key).catch(() => null);
    if (original && imageId && !stop.aborted)
      sentImages.receive(await gateway.addOriginal(imageId, original, stop));
  }

  /** Details entered on the desktop in the meantime are not overwritten. */
  async function sendDetails(pendingImage: PendingImage): Promise<void> {
    const image = sentImages.one(pendingImage.imageId ?? "");
    const news = unsentDetails(pendingImage, image);
    if (!pendingImage.imageId || Object.keys(news).length === 0) return;
    try {
      sentImages.receive(await gateway.describe(pendingImage.imageId, news));
    } catch (cause) {
      const reason = link.note(asProblem(cause));
      if (reason.temporary || !link.open.peek()) throw reason;
      // A side that can't be had here must not take the site with it.
      if (reason.status === 422 && news.laterality) {
        return sendDetails({ ...pendingImage, place: { ...pendingImage.place, laterality: null } });
      }
      // Filed or removed on the desktop in the meantime: there is nothing left to describe.
    }
  }

  /** Saves the minutes that sending it would take, for an answer that is certain. */
  function refuseHopeless(body: Blob) {
    const most = link.capabilities.peek()?.limits.maxBytes ?? Number.POSITIVE_INFINITY;
    if (body.size > most) throw tooLarge(body.size, most);
  }

  return { sendAhead, deliver, follow };
}

const tooLarge = (size: number, most: number) =>
  new ApiProblem(413, {
    type: "picture-too-large",
    title: words.refusedBecause.tooLarge,
    detail: words.bad.tooLarge(megabytes(size), megabytes(most)),
  });

type Told = Partial<Pick<Details, "bodySite" | "laterality" | "view">>;

function unsentDetails({ place, view }: Pick<PendingImage, "place" | "view">, image: Image | null): Told {
  const news: Told = {};
  if (place.bodySite && !image?.bodySite) news.bodySite = place.bodySite;
  // A side belongs to its site: it never goes to one that was chosen elsewhere.
  if (place.laterality && !image?.laterality && !image?.bodySite) news.laterality = place.laterality;
  if (view && !image?.view) news.view = view;
  return news;
}
