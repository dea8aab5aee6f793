// A named part of the details, with "Copy to others" where there are others.
import type { ComponentChildren } from "preact";
import type { Details, Image } from "../../api/types";
import { useStore } from "../context";
import { editable } from "../images/images";
import { locale } from "../locale";

const words = locale.details;

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
  const { details } = useStore();
  const value = copies && image[copies];
  const differs = (which: "all" | "picked") =>
    value &&
    editable(image) &&
    details
      .targets(image, which)
      .some((other) => JSON.stringify(details.described(other)[copies]) !== JSON.stringify(value));
  return (
    <div class="field" id={id}>
      <div class="field-head">
        <h3>{name}</h3>
        {hint && <span class="field-hint">{hint}</span>}
        {copies && differs("picked") && (
          <button type="button" class="link" onClick={() => details.copy(image, [copies], "picked")}>
            {words.copyToSelected(name.toLowerCase())}
          </button>
        )}
        {copies && differs("all") && (
          <button type="button" class="link" onClick={() => details.copy(image, [copies])}>
            {words.copyToOthers(name.toLowerCase())}
          </button>
        )}
      </div>
      {children}
    </div>
  );
}
