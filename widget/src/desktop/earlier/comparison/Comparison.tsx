// The new photo and an earlier one, in the place of the large photo: side by side, swiped over, or blinking.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { contentAddress } from "../../../api/addresses";
import type { EarlierImage, Image } from "../../../api/types";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { useZoom } from "../../stage/useZoom";
import type { ComparedBy } from "../earlier";
import { when } from "../list/EarlierDialog";
import { lesionName } from "../list/groups";
import { EarlierPicture } from "./EarlierPicture";

const words = locale.earlier;
const WAYS: ComparedBy[] = ["side", "swipe", "blink"];
const BLINK_MS = 900;

export function Comparison({ image, number }: { image: Image; number: number }) {
  const { earlier, images } = useStore();
  const place = useRef<HTMLDivElement>(null);
  const then = earlier.chosen.value;
  const id = then?.id;
  // On a small screen the photos are below the strip.
  useEffect(() => place.current?.scrollIntoView({ block: "nearest" }), [id]);
  if (!then) return null;
  return (
    <div ref={place} class="comparison">
      <Bar />
      {/* The same while the new photo arrives and gets its own id, so that what was enlarged stays so. */}
      <Photos key={`${images.lastingKey(image.id)} ${then.id}`} image={image} number={number} then={then} />
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
  const { earlier, images, details } = useStore();
  const how = earlier.comparison.value;
  const { frame, place, handlers } = useZoom(`${images.lastingKey(image.id)} ${how}`, image);
  const [share, setShare] = useState(50);
  const [shown, setShown] = useState<"now" | "earlier">("now");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  useEffect(() => {
    if (how !== "side") void earlier.align(image.id);
  }, [how, image.id, then.id]);

  useEffect(() => {
    if (how !== "blink" || still) return;
    const blinking = setInterval(() => setShown((side) => (side === "now" ? "earlier" : "now")), BLINK_MS);
    return () => clearInterval(blinking);
  }, [how, still]);

  const alignment = earlier.alignmentOf(image.id);
  const certain = alignment && alignment !== "looking" ? alignment.matrix : null;
  const matrix = how !== "side" && earlier.lineUp.value ? certain : null;
  const taken = details.described(image).takenAt;
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
      <figcaption>{words.newTaken(when({ date: taken }))}</figcaption>
    </figure>
  );
  const older = (
    <figure
      class="compared"
      hidden={how === "blink" && shown === "now"}
      style={how === "swipe" ? { clipPath: `inset(0 ${100 - share}% 0 0)` } : undefined}
    >
      <Lined matrix={matrix} image={image} moved={moved}>
        <EarlierPicture
          id={then.id}
          size="view"
          alt={words.earlierPhoto(then.title, when(then))}
          style={matrix ? linedUp(matrix) : moved}
          again
        />
      </Lined>
      <figcaption>
        {when(then)} <span class="compared-title">{then.ours ? lesionName(then) : then.title}</span>
      </figcaption>
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
      {how !== "side" && (
        <div class="comparison-foot">
          <LineUp image={image} />
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
        </div>
      )}
    </>
  );
}

type Moved = { transform: string };

/** The new photo's place in the frame, in which an aligned earlier photo is laid; without one, nothing. */
function Lined(props: { matrix: number[] | null; image: Image; moved: Moved; children: ComponentChildren }) {
  const { matrix, image, moved, children } = props;
  if (!matrix) return <>{children}</>;
  return (
    <div class="lined" style={moved}>
      <div class="lined-frame" style={{ "--ratio": image.width / Math.max(1, image.height) }}>
        {children}
      </div>
    </div>
  );
}

/** Both photos are as wide as the new one is shown; see earlier.css. */
const linedUp = ([a = 1, b = 0, c = 0, d = 1, e = 0, f = 0]: number[]) => ({
  transform: `translate(calc(${e} * var(--shown)), calc(${f} * var(--shown))) matrix(${a}, ${b}, ${c}, ${d}, 0, 0)`,
});

function LineUp({ image }: { image: Image }) {
  const { earlier } = useStore();
  const alignment = earlier.alignmentOf(image.id);
  if (!alignment || (alignment !== "looking" && alignment.reason === "unavailable")) return null;
  if (alignment !== "looking" && alignment.matrix)
    return (
      <label class="line-up" title={words.lineUpWhy}>
        <input
          type="checkbox"
          checked={earlier.lineUp.value}
          onChange={(event) => earlier.setLineUp(event.currentTarget.checked)}
        />
        {words.lineUp}
      </label>
    );
  return (
    <p class="line-up row-more" role="status">
      {alignment === "looking" ? words.looking : words.unsure}
    </p>
  );
}
