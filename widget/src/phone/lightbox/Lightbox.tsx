// One picture large: keep it, take it again, take one more, say where it is.

import { useEffect, useRef, useState } from "preact/hooks";
import type { ApiProblem } from "../../api/problem";
import type { Image } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { Where } from "../bodySite/BodySitePicker";
import { CameraButton } from "../capture/CaptureButtons";
import { HINTS } from "../capture/hints";
import { usePhone } from "../context";
import { Sign } from "../Icon";
import type { Place, Shot } from "../types";

type Props = { shot: Shot | undefined; image: Image | undefined };

export function Look({ shot, image }: Props) {
  const { lookingAt } = usePhone();
  const heading = useRef<HTMLHeadingElement>(null);
  // A new screen: a screen reader starts at its heading.
  useEffect(() => heading.current?.focus(), []);
  return (
    <>
      <main class="look">
        <h2 class="unseen" tabIndex={-1} ref={heading}>
          {shot ? "Is this picture good?" : "Picture on the desktop"}
        </h2>
        <div class="look-frame">
          {shot ? <ShotPicture shot={shot} /> : <SentPicture image={image} />}
          {shot && <Words shot={shot} />}
          <button
            type="button"
            class="look-close"
            aria-label="Back to all pictures"
            onClick={() => (lookingAt.value = "")}
          >
            <Sign name="back" />
          </button>
        </div>
      </main>
      <footer class="dock">
        {shot ? <ShotActions shot={shot} /> : image && <SentActions image={image} />}
      </footer>
    </>
  );
}

const Unshown = () => (
  <p class="look-unshown">This phone can't show this picture. It is sent as it is; the desktop shows it.</p>
);

function ShotPicture({ shot }: { shot: Shot }) {
  const { roll } = usePhone();
  const [address, setAddress] = useState(shot.preview);
  const [broken, setBroken] = useState(false);
  useEffect(() => {
    let made = "";
    let left = false;
    void roll.bytes(shot.key).then((bytes) => {
      if (!bytes || left) return;
      made = URL.createObjectURL(bytes);
      setBroken(false);
      setAddress(made);
    });
    return () => {
      left = true;
      URL.revokeObjectURL(made);
    };
  }, [shot.key, shot.stage]);
  if (broken || (!address && shot.state !== "preparing")) return <Unshown />;
  return address ? (
    <img src={address} alt="What the camera saw" onError={() => setBroken(true)} />
  ) : (
    <span class="spinner" />
  );
}

/** Lies over the picture's lower edge, so that a hint that comes a moment later moves nothing. */
function Words({ shot }: { shot: Shot }) {
  const [hint] = shot.hints;
  return (
    <div class="look-words" role="status">
      {shot.refusal ? (
        <p class="words words-bad">
          <b>{shot.refusal.title}.</b> {shot.refusal.detail}
          <Reference of={shot.refusal.reference} />
        </p>
      ) : (
        hint && <p class="words words-warn">{HINTS[hint].advice}</p>
      )}
    </div>
  );
}

function SentPicture({ image }: { image: Image | undefined }) {
  const { arrived } = usePhone();
  if (!image) return null;
  if (image.state === "committed")
    return <p class="look-unshown">This picture is filed in the record. It is kept there only.</p>;
  return <img src={arrived.thumbAddress(image.id)} alt="Sent to the desktop" />;
}

function ShotActions({ shot }: { shot: Shot }) {
  const { roll, sending, lookingAt } = usePhone();
  const close = () => {
    lookingAt.value = "";
  };
  const again = () => {
    sending.again(shot.key);
    close();
  };
  const remove = () => {
    close();
    void roll.remove(shot.key);
  };
  return (
    <>
      <Where place={shot.place} onChange={(news) => roll.describe(shot.key, news)} />
      <div class="actions">
        {shot.refusal ? (
          shot.refusal.again && (
            <button type="button" class="button primary huge" onClick={again}>
              <Sign name="again" /> Try again
            </button>
          )
        ) : (
          <button type="button" class="button primary huge" onClick={close}>
            <Sign name="check" /> Keep
          </button>
        )}
        {shot.origin === "camera" && !shot.wanted ? (
          <CameraButton class="button huge" replaces={shot.key}>
            <Sign name="again" /> Retake
          </CameraButton>
        ) : (
          <button type="button" class="button huge" onClick={remove}>
            <Sign name="remove" /> Remove
          </button>
        )}
        <CameraButton class="button huge">
          <Sign name="camera" /> One more
        </CameraButton>
      </div>
    </>
  );
}

function SentActions({ image }: { image: Image }) {
  const { arrived, lookingAt } = usePhone();
  const [complaint, setComplaint] = useState<ApiProblem | null>(null);
  const open = image.state === "staged" || image.state === "failed";
  async function remove() {
    const complaint = await arrived.remove(image.id);
    setComplaint(complaint);
    if (!complaint) lookingAt.value = "";
  }
  const describe = async (place: Partial<Place>) => setComplaint(await arrived.describe(image.id, place));
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
      {open && <Where place={image} onChange={describe} />}
      <div class="actions">
        <button type="button" class="button primary huge" onClick={() => (lookingAt.value = "")}>
          <Sign name="check" /> Good
        </button>
        {image.state === "staged" && (
          <button type="button" class="button huge" onClick={remove}>
            <Sign name="remove" /> Remove
          </button>
        )}
      </div>
    </>
  );
}
