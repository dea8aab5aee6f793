// Which of the set a photo is: context, close-up, dermoscopy; the next shot is the next of them.
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { locale } from "../locale";
import type { View } from "../types";

const words = locale.views;

/** In the order in which a lesion is photographed. */
export const SET = ["context", "close-up", "dermoscopy"] as const satisfies readonly View[];
type Slot = (typeof SET)[number];

const isSlot = (view: View | null): view is Slot => view !== null && (SET as readonly View[]).includes(view);

/** The one after this, null after the last. */
export const nextView = (view: View | null): View | null =>
  isSlot(view) ? (SET[SET.indexOf(view) + 1] ?? null) : null;

/** "Close-up (2 of 3)", "" */
export const viewWords = (view: View | null): string =>
  isSlot(view) ? words.slot(words.names[view], SET.indexOf(view) + 1, SET.length) : "";

type Props = { view: View | null; onChange: (view: View | null) => void };

export const ViewChips = ({ view, onChange }: Props) => (
  <ChipGroup
    label={words.label}
    choices={SET.map((slot) => ({ value: slot, label: words.names[slot] }))}
    value={view}
    onChoose={(value) => onChange(value as View | null)}
  />
);
