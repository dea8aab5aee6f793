// How long what is typed may be: no box cuts a text, so what is too long is said and stays to be shortened.
import { sharedWords } from "./locale";

const words = sharedWords.tooLong;

/** What the server takes, in characters (images/details.py, commits/schemas.py). */
const MOST = { label: 60, notes: 2000, site: 120, message: 2000, task: 2000 };

export const LABEL_LENGTH = MOST.label;

/** Says what is too long; "" if nothing is. The server counts after it has trimmed, and so does this. */
export function tooLong(texts: { [what in keyof typeof MOST]?: unknown }): string {
  for (const what of Object.keys(MOST) as (keyof typeof MOST)[]) {
    const text = texts[what];
    const length = typeof text === "string" ? [...text.trim()].length : 0;
    if (length > MOST[what]) return words.how(words[what], inThousands(length), inThousands(MOST[what]));
  }
  return "";
}

const inThousands = (count: number) => count.toLocaleString("en-NZ");
