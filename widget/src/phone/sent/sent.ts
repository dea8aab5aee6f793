// This phone's images that the server has: what the desktop sees, and what it did with them.
import { signal } from "@preact/signals";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Details, Image } from "../../api/types";
import type { PhoneGateway } from "../gateway";
import type { Link } from "../link/link";

export function createSentImages(gateway: PhoneGateway, link: Link) {
  const images = signal<Image[]>([]);

  const one = (id: string) => images.peek().find((image) => image.id === id) ?? null;

  function receive(image: Image) {
    if (image.state === "held") return;
    const known = one(image.id) !== null;
    images.value = known
      ? images.value.map((other) => (other.id === image.id ? image : other))
      : [...images.value, image];
  }

  function forget(id: string) {
    images.value = images.value.filter((image) => image.id !== id);
  }

  async function refresh() {
    if (!link.open.peek()) return;
    try {
      images.value = (await gateway.images()).filter(({ state }) => state !== "held");
      link.connected.value = true;
    } catch (cause) {
      link.note(asProblem(cause));
    }
  }

  /** Returns why it could not be done, or null. */
  async function attempt(act: () => Promise<void>): Promise<ApiProblem | null> {
    try {
      await act();
      return null;
    } catch (cause) {
      return link.note(asProblem(cause));
    }
  }

  const describe = (id: string, news: Partial<Details>) =>
    attempt(async () => receive(await gateway.describe(id, news)));

  const remove = (id: string) =>
    attempt(async () => {
      await gateway.remove(id);
      forget(id);
    });

  return {
    images,
    one,
    receive,
    refresh,
    describe,
    remove,
    forget,
    thumbAddress: gateway.thumbAddress,
    viewAddress: gateway.viewAddress,
  };
}

export type SentImages = ReturnType<typeof createSentImages>;
