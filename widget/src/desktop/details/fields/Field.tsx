// A named part of the details, with what is still needed, or that the selected photos differ.
import type { ComponentChildren } from "preact";
import { locale } from "../../locale";

const words = locale.details;

type Props = {
  name: string;
  /** What somebody still has to do. */
  hint?: string;
  /** What there is to know. */
  note?: string;
  mixed?: boolean;
  id?: string;
  children: ComponentChildren;
};

export const Field = ({ name, hint, note, mixed = false, id, children }: Props) => (
  <div class="field" id={id}>
    <div class="field-head">
      <h3>{name}</h3>
      {mixed && <span class="field-mixed">{words.mixed}</span>}
      {hint && !mixed && <span class="field-hint">{hint}</span>}
      {note && <span class="field-note">{note}</span>}
    </div>
    {children}
  </div>
);
