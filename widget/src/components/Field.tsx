// A named part of the details, with "Copy to others" where there are others.
import type { ComponentChildren } from "preact";
import { editable } from "../store/pictures";
import type { Details, Image } from "../types";
import { useStore } from "./context";

type Props = {
  name: string;
  hint?: string;
  image: Image;
  /** What "Copy to others" copies; left out where copying makes no sense. */
  copies?: keyof Details;
  id?: string;
  children: ComponentChildren;
};

export function Field({ name, hint, image, copies, id, children }: Props) {
  const { pictures, details } = useStore();
  const others = pictures.all.value.filter((other) => other.id !== image.id && editable(other));
  const value = copies && image[copies];
  const differs =
    value &&
    others.some((other) => JSON.stringify(details.described(other)[copies]) !== JSON.stringify(value));
  return (
    <div class="field" id={id}>
      <div class="field-head">
        <h3>{name}</h3>
        {hint && <span class="field-hint">{hint}</span>}
        {differs && editable(image) && (
          <button type="button" class="link" onClick={() => details.copyToOthers(image, [copies])}>
            Copy <span class="unseen">{name.toLowerCase()} </span>to all others
          </button>
        )}
      </div>
      {children}
    </div>
  );
}
