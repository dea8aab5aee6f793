// Which chosen files are worth storing: judged by what the browser knows of them before a byte is read.
import { megabytes } from "../../../shared/wording";
import { locale } from "../../locale";
import type { SendRefusal } from "../../types";

const { bad: words, refusedBecause: titles } = locale.pending;

/** A photo of this size is made smaller first; anything larger is no photo. */
const MOST_PHOTO_BYTES = 120_000_000;

const because = (title: string, detail: string): SendRefusal => ({
  title,
  detail,
  reference: "",
  again: false,
});

export const unreadable = () => because(titles.unreadable, words.unreadable);
export const empty = () => because(titles.empty, words.empty);

/** It is stored, and may go out later. */
export const stuck = (): SendRefusal => ({ ...because(titles.stuck, words.stuck), again: true });

/** Why a file can't be sent, or null. `most` bytes is what the server takes; photos are made smaller before they are sent. */
export function refusalOf(file: Blob, most: number | undefined): SendRefusal | null {
  if (file.size === 0) return empty();
  if (/^(video|audio)\//.test(file.type)) return because(titles.video, words.video);
  const limit = file.type === "application/pdf" ? (most ?? MOST_PHOTO_BYTES) : MOST_PHOTO_BYTES;
  if (file.size <= limit) return null;
  return because(titles.tooLarge, words.tooLarge(megabytes(file.size), megabytes(limit)));
}
