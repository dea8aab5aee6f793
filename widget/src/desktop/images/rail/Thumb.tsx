// One small image: number, badge, and how clicks and keys pick it.
import { createRef } from "preact";
import type { Image } from "../../../api/types";
import { afterPaint } from "../../../shared/ui/drawing";
import { Settled } from "../../../shared/ui/Settled";
import { timeAndDay } from "../../../shared/wording";
import { useStore } from "../../context";
import { focusDetails } from "../../dialogs/focus";
import { isLookedFor, isWaiting } from "../../filing/progress/Waiting";
import { Icon, type IconName } from "../../Icon";
import { locale } from "../../locale";
import { isDocument } from "../../stage/pages";
import { Thumbnail } from "../ImageContent";

const words = locale.images;

export function Thumb({ image, number }: { image: Image; number: number }) {
  const { images, details, uploads, filing, unfiled } = useStore();
  const described = details.described(image);
  const outcome = filing.outcomeOf(image.id);
  const badge = isWaiting(outcome)
    ? { word: words.badge.waiting, tone: "needs" as const, icon: "clock" as const }
    : isLookedFor(outcome)
      ? { word: words.badge.looking, tone: "moving" as const, icon: "clock" as const }
      : images.leftOut.value.has(image.id) && image.state === "staged"
        ? { word: words.badge.leftOut, tone: "moving" as const, icon: "image" as const }
        : badgeOf(described);
  const current = images.selected.value?.id === image.id;

  function chosen(event: MouseEvent) {
    if (event.shiftKey) images.extendTo(image.id);
    else if (event.ctrlKey || event.metaKey) images.toggle(image.id);
    // Pressed with a key: Enter on the image shown leads on to its details.
    else if (current && event.detail === 0) focusDetails();
    else images.select(image.id);
  }

  return (
    <Tile
      id={image.id}
      number={number}
      title={described.title}
      spoken={described.bodySite ? described.title : ""}
      corner={
        isDocument(image)
          ? words.pages.pdf(image.pages)
          : unfiled.earlier.value.has(image.id)
            ? words.from(timeAndDay(image.uploadedAt, new Date()))
            : ""
      }
      badge={badge}
      arrived={uploads.arriving(image.id)?.share ?? null}
      current={current}
      picked={images.isPicked(image.id)}
      onChoose={chosen}
    />
  );
}

type TileProps = {
  id: string;
  number: number;
  title: string;
  spoken: string;
  /** What is written in its corner: "PDF · 2 pages", or when it was added. */
  corner: string;
  badge: Badge;
  /** The share that has been sent, of one that is on its way. */
  arrived: number | null;
  current: boolean;
  picked: boolean;
  onChoose: (event: MouseEvent) => void;
};

class Tile extends Settled<TileProps> {
  private tile = createRef<HTMLButtonElement>();

  override componentDidMount() {
    this.show();
  }

  override componentDidUpdate(before: TileProps) {
    if (before.current !== this.props.current) this.show();
  }

  /** After the paint: to scroll needs a layout of its own. */
  private show() {
    if (this.props.current) afterPaint(() => bringIntoView(this.tile.current));
  }

  override render() {
    const { id, number, title, spoken, corner, badge, arrived, current, picked } = this.props;
    return (
      <button
        ref={this.tile}
        type="button"
        class="thumb"
        aria-current={current}
        aria-pressed={picked}
        title={title}
        tabIndex={current ? 0 : -1}
        onClick={(event) => this.props.onChoose(event)}
      >
        <span class="thumb-frame">
          <Thumbnail id={id} />
          <span class="thumb-number">
            <span class="unseen">{words.photo}</span>
            {number}
          </span>
          {corner && <span class="thumb-earlier">{corner}</span>}
          {picked && (
            <span class="thumb-picked">
              <Icon name="check" />
            </span>
          )}
        </span>
        <span class="unseen">{spoken}</span>
        {arrived !== null && (
          <span class="badge badge-moving">
            <progress aria-label={locale.adding.adding} max={100} value={Math.round(arrived * 100)} />
            {arrived < 1 ? `${Math.round(arrived * 100)} %` : locale.adding.checking}
          </span>
        )}
        <span class={`badge badge-${badge.tone}`} hidden={arrived !== null}>
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
}

function bringIntoView(tile: HTMLButtonElement | null) {
  if (!tile?.isConnected || tile.getAttribute("aria-current") !== "true") return;
  tile.scrollIntoView({ block: "nearest", inline: "nearest" });
  // Focus moves along only when it already is on another image: arrows, never a click elsewhere.
  // After photos were added it is nowhere, or in the file picker: then Enter leads on from here.
  const focused = document.activeElement;
  const nowhere = !focused || focused === document.body || focused.matches(".add-images input");
  if (focused?.classList.contains("thumb") || nowhere) tile.focus({ preventScroll: true });
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
