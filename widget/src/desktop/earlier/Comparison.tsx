// The new photo and an earlier one, in the place of the large photo: side by side, swiped over, or blinking.
import { useEffect, useState } from "preact/hooks";
import { contentAddress, earlierAddress } from "../../api/addresses";
import type { EarlierImage, Image } from "../../api/types";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { useZoom } from "../stage/useZoom";
import { when } from "./EarlierDialog";
import type { ComparedBy } from "./earlier";

const words = locale.earlier;
const WAYS: ComparedBy[] = ["side", "swipe", "blink"];
const BLINK_MS = 900;

export function Comparison({ image, number }: { image: Image; number: number }) {
  const { earlier } = useStore();
  const then = earlier.chosen.value;
  if (!then) return null;
  return (
    <div class="comparison">
      <Bar />
      <Photos key={`${image.id} ${then.id}`} image={image} number={number} then={then} />
    </div>
  );
}

function Bar() {
  const { earlier } = useStore();
  return (
    <div class="comparison-bar">
      <div class="segments" role="radiogroup" aria-label={words.how}>
        {WAYS.map((how) => (
          <label key={how} class="segment">
            <input
              type="radio"
              name="comparison"
              checked={earlier.comparison.value === how}
              onChange={() => earlier.compareBy(how)}
            />
            <span>{words[how]}</span>
          </label>
        ))}
      </div>
      <button
        type="button"
        class="button"
        title={words.sameLesionWhy}
        disabled={!earlier.transferable.value}
        onClick={earlier.sameLesion}
      >
        {words.sameLesion}
      </button>
      <button
        type="button"
        class="button icon-only quiet"
        aria-label={words.putAway}
        onClick={earlier.putAway}
      >
        <Icon name="cross" />
      </button>
    </div>
  );
}

function Photos({ image, number, then }: { image: Image; number: number; then: EarlierImage }) {
  const { earlier } = useStore();
  const how = earlier.comparison.value;
  const { frame, place, handlers } = useZoom(`${image.id} ${how}`, image);
  const [share, setShare] = useState(50);
  const [shown, setShown] = useState<"now" | "earlier">("now");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  useEffect(() => {
    if (how !== "blink" || still) return;
    const blinking = setInterval(() => setShown((side) => (side === "now" ? "earlier" : "now")), BLINK_MS);
    return () => clearInterval(blinking);
  }, [how, still]);

  const moved = { transform: `translate(${place.x}px, ${place.y}px) scale(${place.scale})` };
  const percent = `${Math.round(place.scale * 100)} %`;
  const newer = (
    <figure class="compared" hidden={how === "blink" && shown === "earlier"}>
      <img
        src={contentAddress(image.id, "view")}
        alt={words.newPhoto(number)}
        draggable={false}
        style={moved}
      />
      <figcaption>{words.now}</figcaption>
    </figure>
  );
  const older = (
    <figure
      class="compared"
      hidden={how === "blink" && shown === "now"}
      style={how === "swipe" ? { clipPath: `inset(0 ${100 - share}% 0 0)` } : undefined}
    >
      <img
        src={earlierAddress(then.id, "view")}
        alt={words.earlierPhoto(then.title, when(then))}
        draggable={false}
        style={moved}
      />
      <figcaption>{when(then)}</figcaption>
    </figure>
  );
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: not a form's group. */}
      <div
        ref={frame}
        class={how === "side" ? "comparison-photos" : "comparison-photos comparison-over"}
        data-how={how}
        role="group"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: plus, minus, 0 and the arrows work on it.
        tabIndex={0}
        aria-label={words.enlarged(percent)}
        {...handlers}
      >
        {how === "side" ? [older, newer] : [newer, older]}
      </div>
      {how === "swipe" && (
        <input
          class="comparison-divider"
          type="range"
          min={0}
          max={100}
          value={share}
          aria-label={words.divider}
          onInput={(event) => setShare(Number(event.currentTarget.value))}
        />
      )}
      {how === "blink" && (
        <p class="comparison-blink" aria-live={still ? "polite" : "off"}>
          {still && (
            <button
              type="button"
              class="button"
              onClick={() => setShown(shown === "now" ? "earlier" : "now")}
            >
              {words.blinkNow}
            </button>
          )}{" "}
          {words.showing[shown]}
        </p>
      )}
    </>
  );
}
