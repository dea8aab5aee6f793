// One image large: keep it, take it again, take one more, say where it is.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { BodySitePicker } from "../bodySite/BodySitePicker";
import { CameraButton } from "../capture/CaptureButtons";
import { HINTS } from "../capture/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { BodyPlace, PendingImage } from "../types";

const words = locale.lightbox;

type Props = { pendingImage: PendingImage | undefined; image: Image | undefined };

export function Lightbox({ pendingImage, image }: Props) {
  const { opened } = usePhone();
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
            class="lightbox-close"
            aria-label={words.back}
            onClick={() => (opened.value = "")}
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

const Unshown = () => <p class="lightbox-unshown">{words.notShown}</p>;

function PendingContent({ pendingImage }: { pendingImage: PendingImage }) {
  const { pending } = usePhone();
  const [address, setAddress] = useState(pendingImage.preview);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let made = "";
    let left = false;
    void pending.bytes(pendingImage.key).then((bytes) => {
      if (!bytes || left) return;
      made = URL.createObjectURL(bytes);
      setBroken(false);
      setAddress(made);
    });
    return () => {
      left = true;
      URL.revokeObjectURL(made);
    };
  }, [pendingImage.key, pendingImage.stage]);
  if (broken || (!address && pendingImage.state !== "preparing")) return <Unshown />;
  return address ? (
    <img src={address} alt={words.camera} onError={() => setBroken(true)} />
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
  return <img src={sentImages.thumbAddress(image.id)} alt={words.sentAlt} />;
}

function PendingActions({ pendingImage }: { pendingImage: PendingImage }) {
  const { pending, sending, opened } = usePhone();
  const close = () => {
    opened.value = "";
  };
  const again = () => {
    sending.again(pendingImage.key);
    close();
  };
  const remove = () => {
    close();
    void pending.remove(pendingImage.key);
  };
  return (
    <>
      <BodySitePicker
        place={pendingImage.place}
        onChange={(news) => pending.describe(pendingImage.key, news)}
      />
      <div class="actions">
        {pendingImage.refusal ? (
          pendingImage.refusal.again && (
            <button type="button" class="button primary huge" onClick={again}>
              <Icon name="again" /> {words.tryAgain}
            </button>
          )
        ) : (
          <button type="button" class="button primary huge" onClick={close}>
            <Icon name="check" /> {words.keep}
          </button>
        )}
        {pendingImage.origin === "camera" && !pendingImage.wanted ? (
          <CameraButton class="button huge" replaces={pendingImage.key}>
            <Icon name="again" /> {words.retake}
          </CameraButton>
        ) : (
          <button type="button" class="button huge" onClick={remove}>
            <Icon name="remove" /> {words.remove}
          </button>
        )}
        <CameraButton class="button huge">
          <Icon name="camera" /> {locale.capture.more}
        </CameraButton>
      </div>
    </>
  );
}

function SentActions({ image }: { image: Image }) {
  const { sentImages, opened } = usePhone();
  const [complaint, setComplaint] = useState<ApiProblem | null>(null);
  const open = image.state === "staged" || image.state === "failed";
  async function remove() {
    const complaint = await sentImages.remove(image.id);
    setComplaint(complaint);
    if (!complaint) opened.value = "";
  }
  const describe = async (place: Partial<BodyPlace>) =>
    setComplaint(await sentImages.describe(image.id, place));
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
      {open && <BodySitePicker place={image} onChange={describe} />}
      <div class="actions">
        <button type="button" class="button primary huge" onClick={() => (opened.value = "")}>
          <Icon name="check" /> {words.done}
        </button>
        {image.state === "staged" && (
          <button type="button" class="button huge" onClick={remove}>
            <Icon name="remove" /> {words.remove}
          </button>
        )}
      </div>
    </>
  );
}
