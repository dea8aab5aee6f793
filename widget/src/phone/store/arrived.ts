// This phone's pictures that the server has: what the desktop sees, and what it did with them.
import { signal } from "@preact/signals";
import { asProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import type { PhoneGateway } from "../api";
import type { Place } from "../types";
import type { Link } from "./link";

export function createArrived(gateway: PhoneGateway, link: Link) {
  const images = signal<Image[]>([]);

  const one = (id: string) => images.peek().find((image) => image.id === id) ?? null;

  function receive(image: Image) {
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
      images.value = await gateway.images();
      link.connected.value = true;
    } catch (cause) {
      link.note(asProblem(cause));
    }
  }

  /** Answers with a sentence when it could not be done. */
  async function attempt(act: () => Promise<void>): Promise<string> {
    try {
      await act();
      return "";
    } catch (cause) {
      return link.note(asProblem(cause)).detail;
    }
  }

  const describe = (id: string, place: Partial<Place>) =>
    attempt(async () => receive(await gateway.describe(id, place)));

  const remove = (id: string) =>
    attempt(async () => {
      await gateway.remove(id);
      forget(id);
    });

  return { images, one, receive, refresh, describe, remove, forget, thumbAddress: gateway.thumbAddress };
}

export type Arrived = ReturnType<typeof createArrived>;
