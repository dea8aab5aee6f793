// One small image: number, badge, and how clicks and keys pick it.
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../../../api/types";
import { clockTime } from "../../../shared/wording";
import { useStore } from "../../context";
import { focusDetails } from "../../dialogs/focus";
import { isWaiting } from "../../filing/progress/Waiting";
import { Icon, type IconName } from "../../Icon";
import { locale } from "../../locale";
import { isDocument } from "../../stage/pages";
import { Thumbnail } from "../ImageContent";

const words = locale.images;

export function Thumb({ image, number }: { image: Image; number: number }) {
  const { images, details, uploads, filing, unfiled } = useStore();
  const earlier = unfiled.earlier.value.has(image.id);
  const arriving = uploads.arriving(image.id);
  const tile = useRef<HTMLButtonElement>(null);
  const described = details.described(image);
  const badge = isWaiting(filing.outcomeOf(image.id))
    ? { word: words.badge.waiting, tone: "needs" as const, icon: "clock" as const }
    : filing.leftOut.value.has(image.id) && image.state === "staged"
      ? { word: words.badge.leftOut, tone: "moving" as const, icon: "image" as const }
      : badgeOf(described);
  const current = images.selected.value?.id === image.id;
  const picked = images.isPicked(image.id);
  useEffect(() => {
    if (!current || !tile.current) return;
    tile.current.scrollIntoView({ block: "nearest", inline: "nearest" });
    // Focus moves along only when it already is on another image: arrows, never a click elsewhere.
    // After photos were added it is nowhere, or in the file picker: then Enter leads on from here.
    const focused = document.activeElement;
    const nowhere = !focused || focused === document.body || focused.matches(".add-images input");
    if (focused?.classList.contains("thumb") || nowhere) tile.current.focus({ preventScroll: true });
  }, [current]);

  function chosen(event: MouseEvent) {
    if (event.shiftKey) images.extendTo(image.id);
    else if (event.ctrlKey || event.metaKey) images.toggle(image.id);
    // Pressed with a key: Enter on the image shown leads on to its details.
    else if (current && event.detail === 0) focusDetails();
    else images.select(image.id);
  }

  return (
    <button
      ref={tile}
      type="button"
      class="thumb"
      aria-current={current}
      aria-pressed={picked}
      title={described.title}
      tabIndex={current ? 0 : -1}
      onClick={chosen}
    >
      <span class="thumb-frame">
        <Thumbnail id={image.id} />
        <span class="thumb-number">
          <span class="unseen">{words.photo}</span>
          {number}
        </span>
        {isDocument(image) && <span class="thumb-earlier">{words.pages.pdf(image.pages)}</span>}
        {earlier && !isDocument(image) && (
          <span class="thumb-earlier">{words.from(clockTime(image.uploadedAt))}</span>
        )}
        {picked && (
          <span class="thumb-picked">
            <Icon name="check" />
          </span>
        )}
      </span>
      <span class="unseen">{described.bodySite ? described.title : ""}</span>
      {arriving && (
        <span class="badge badge-moving">
          <progress aria-label={locale.adding.adding} max={100} value={Math.round(arriving.share * 100)} />
          {arriving.share < 1 ? `${Math.round(arriving.share * 100)} %` : locale.adding.checking}
        </span>
      )}
      <span class={`badge badge-${badge.tone}`} hidden={arriving !== null}>
        {badge.icon === "clock" && badge.tone === "moving" ? (
          <span class="spinner" />
        ) : (
          <Icon name={badge.icon} />
        )}
        {badge.word}
      </span>
    </button>
  );
}

export type Badge = {
  word: string;
  tone: "needs" | "ready" | "moving" | "filed" | "failed" | "asks";
  icon: IconName;
};

function badgeOf(image: Image): Badge {
  if (image.state === "queued" || image.state === "sending")
    return { word: words.badge.sending, tone: "moving", icon: "clock" };
  if (image.state === "committed") return { word: words.badge.filed, tone: "filed", icon: "check" };
  if (image.state === "partly") return { word: words.badge.partly, tone: "failed", icon: "cross" };
  if (image.state === "failed") return { word: words.badge.failed, tone: "failed", icon: "cross" };
  if (image.state === "unverified") return { word: words.badge.unverified, tone: "asks", icon: "question" };
  if (!image.bodySite) return { word: words.badge.needsSite, tone: "needs", icon: "site" };
  return { word: words.badge.ready, tone: "ready", icon: "check" };
}
