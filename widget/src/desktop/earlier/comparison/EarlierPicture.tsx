// A photo from the record. Medtech may take long to give it, or not give it: few are fetched at once, small ones only when in
// sight, and one that doesn't come says so.
import type { CSSProperties } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { earlierAddress } from "../../../api/addresses";
import { useStore } from "../../context";
import { locale } from "../../locale";

const words = locale.earlier;

type Props = {
  id: string;
  size: "thumb" | "view";
  alt: string;
  style?: CSSProperties;
  /** Inside a button there is no place for another one. */
  again?: boolean;
};

export function EarlierPicture({ id, size, alt, style, again = false }: Props) {
  const { earlier } = useStore();
  const picture = useRef<HTMLImageElement>(null);
  const giveBack = useRef(() => {});
  const [state, setState] = useState<"waiting" | "coming" | "here" | "lost">("waiting");

  useEffect(() => {
    const element = picture.current;
    if (!element || state === "lost") return;
    const begin = () => {
      giveBack.current = earlier.turns(() => setState("coming"));
    };
    const watch = new IntersectionObserver((seen) => {
      if (!seen.some((each) => each.isIntersecting)) return;
      watch.disconnect();
      begin();
    });
    if (size === "thumb") watch.observe(element);
    else begin();
    return () => {
      watch.disconnect();
      giveBack.current();
      // An image that is no longer shown would go on being fetched.
      element.removeAttribute("src");
    };
  }, [id, size, state === "lost"]);

  if (state === "lost")
    return (
      <span class="image-lost" role={again ? "alert" : undefined}>
        {words.notLoaded}
        {again && (
          <button type="button" class="button" onClick={() => setState("waiting")}>
            {words.again}
          </button>
        )}
      </span>
    );
  return (
    <>
      <img
        ref={picture}
        src={state === "waiting" ? undefined : earlierAddress(id, size)}
        alt={alt}
        draggable={false}
        style={style}
        onLoad={() => {
          giveBack.current();
          setState("here");
        }}
        onError={() => {
          giveBack.current();
          setState("lost");
        }}
      />
      {again && state !== "here" && (
        <span class="image-lost picture-coming" role="status">
          <span class="spinner" /> {words.loadingOne}
        </span>
      )}
    </>
  );
}
