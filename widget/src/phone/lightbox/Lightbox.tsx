// One image large: send it, take it again, take one more, say where it is.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { BodySitePicker } from "../bodySite/BodySitePicker";
import { newsAt } from "../bodySite/place";
import { ViewChips } from "../bodySite/ViewChips";
import { AgainButton } from "../capture/CaptureButtons";
import { HINTS } from "../capture/coach/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { useStoredBytes } from "../pending/storage/useStoredBytes";
import type { BodyPlace, PendingImage } from "../types";
import { ZoomableImage } from "./ZoomableImage";

const words = locale.lightbox;

type Props = { pendingImage: PendingImage | undefined; image: Image | undefined };

export function Lightbox({ pendingImage, image }: Props) {
  const { screens } = usePhone();
  const heading = useRef<HTMLHeadingElement>(null);
  // A new screen: a screen reader starts at its heading.
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <main class="lightbox">
        <h2 class="unseen" tabIndex={-1} ref={heading}>
          {pendingImage ? words.good : words.sent}
        </h2>
        <div class="lightbox-frame">
          {pendingImage ? <PendingContent pendingImage={pendingImage} /> : <SentContent image={image} />}
          {pendingImage && <Words pendingImage={pendingImage} />}
          <button
            type="button"
            class="over-photo lightbox-close"
            aria-label={words.back}
            onClick={() => screens.look("")}
          >
            <Icon name="back" />
          </button>
        </div>
      </main>
      <footer class="dock">
        {pendingImage ? (
          <PendingActions pendingImage={pendingImage} />
        ) : (
          image && <SentActions image={image} />
        )}
      </footer>
    </>
  );
}

function PendingContent({ pendingImage }: { pendingImage: PendingImage }) {
  const address = useStoredBytes(pendingImage) || pendingImage.preview;
  const [unshown, setUnshown] = useState("");
  const broken = address !== "" && unshown === address;
  // Why it is not sent is said below; that it can't be shown would contradict it.
  if (pendingImage.refusal && (broken || !address)) return null;
  if (broken || (!address && pendingImage.state !== "preparing"))
    return <p class="lightbox-unshown">{words.notShown}</p>;
  return address ? (
    <ZoomableImage src={address} alt={words.camera} onError={() => setUnshown(address)} />
  ) : (
    <span class="spinner" />
  );
}

/** Lies over the image's lower edge, so that a hint that comes a moment later moves nothing. */
function Words({ pendingImage }: { pendingImage: PendingImage }) {
  const [hint] = pendingImage.hints;
  return (
    <div class="lightbox-words" role="status">
      {pendingImage.refusal ? (
        <p class="words words-bad">
          <b>{pendingImage.refusal.title}.</b> {pendingImage.refusal.detail}
          <Reference of={pendingImage.refusal.reference} />
        </p>
      ) : (
        hint && <p class="words words-warn">{HINTS[hint].advice}</p>
      )}
    </div>
  );
}

function SentContent({ image }: { image: Image | undefined }) {
  const { sentImages } = usePhone();
  if (!image) return null;
  if (image.state === "committed") return <p class="lightbox-unshown">{words.filed}</p>;
  return <ZoomableImage src={sentImages.viewAddress(image.id)} alt={words.sentAlt} />;
}

function PendingActions({ pendingImage }: { pendingImage: PendingImage }) {
  const { pending, screens } = usePhone();
  const { key, place, view, refusal } = pendingImage;
  const remove = () => {
    screens.look("");
    void pending.remove(key);
  };
  return (
    <>
      {!refusal && (
        <div class="dock-details">
          <BodySitePicker
            whose={locale.bodySite.this}
            subject={key}
            place={place}
            onChange={(news) => pending.describe([key], news)}
          />
          <ViewChips view={view} onChange={(next) => pending.record(key, { view: next })} />
        </div>
      )}
      <div class="actions">
        <MainAction pendingImage={pendingImage} />
        <div class="ways">
          {!pendingImage.wanted && !refusal && (
            <AgainButton class="button way">
              <Icon name="camera" /> {locale.capture.more}
            </AgainButton>
          )}
          {pendingImage.origin === "camera" && !pendingImage.wanted && (
            <AgainButton class="button way" replaces={key}>
              <Icon name="again" /> {words.retake}
            </AgainButton>
          )}
          <button type="button" class="button way" onClick={remove}>
            <Icon name="remove" /> {words.remove}
          </button>
        </div>
      </div>
    </>
  );
}

function MainAction({ pendingImage }: { pendingImage: PendingImage }) {
  const { pending, sending, screens } = usePhone();
  const ready = pending.unsent.value.length + pending.coming.value;
  if (pendingImage.refusal)
    return pendingImage.refusal.again ? (
      <button
        type="button"
        class="button primary huge"
        onClick={() => {
          sending.again(pendingImage.key);
          screens.closeAll();
        }}
      >
        <Icon name="again" /> {words.tryAgain}
      </button>
    ) : null;
  if (pendingImage.wanted)
    return (
      <button type="button" class="button primary huge" onClick={() => screens.look("")}>
        <Icon name="check" /> {words.done}
      </button>
    );
  return (
    <button
      type="button"
      class="button primary huge"
      onClick={() => {
        void sending.send();
        screens.closeAll();
      }}
    >
      <Icon name="send" /> {locale.pending.send(ready)}
    </button>
  );
}

function SentActions({ image }: { image: Image }) {
  const { sentImages, screens } = usePhone();
  const [complaint, setComplaint] = useState<ApiProblem | null>(null);
  const open = image.state === "staged" || image.state === "failed";
  async function remove() {
    const complaint = await sentImages.remove(image.id);
    setComplaint(complaint);
    if (!complaint) screens.look("");
  }
  const describe = async (news: Partial<BodyPlace>) =>
    setComplaint(await sentImages.describe(image.id, newsAt(image, news)));
  return (
    <>
      <div role="status">
        {complaint && (
          <p class="words words-bad">
            {complaint.detail}
            <Reference of={complaint.reference} />
          </p>
        )}
      </div>
      {open && (
        <div class="dock-details">
          <BodySitePicker whose={locale.bodySite.this} subject={image.id} place={image} onChange={describe} />
        </div>
      )}
      <div class="actions">
        <button type="button" class="button primary huge" onClick={() => screens.look("")}>
          <Icon name="check" /> {words.done}
        </button>
        {image.state === "staged" && (
          <div class="ways">
            <button type="button" class="button way" onClick={remove}>
              <Icon name="remove" /> {words.remove}
            </button>
          </div>
        )}
      </div>
    </>
  );
}
