// The main screen: what is still on this phone, what is on the desktop, and the next thing to do at the bottom.
import { Reference } from "../../shared/ui/Reference";
import { BodySitePicker } from "../bodySite/BodySitePicker";
import { CameraButton, GalleryButton } from "../capture/CaptureButtons";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { PhoneStore } from "../store";
import { PendingTile, SentTile } from "./Tile";

const words = locale.pending;

export function PendingGrid() {
  const { pending, sentImages, untouched } = usePhone();
  const pendingImages = pending.images.value;
  // An image whose body site alone is still unsent is shown once, where it was while it was sent.
  const landed = new Set(pendingImages.map((pendingImage) => pendingImage.imageId));
  const sent = sentImages.images.value.filter((image) => !landed.has(image.id));
  return (
    <>
      <main class="pending">
        {untouched.value ? (
          <Welcome />
        ) : (
          <>
            <SendingStatus />
            <h2 class="unseen">{words.list}</h2>
            <ul class="tiles">
              {sent.map((image, at) => (
                <SentTile key={image.id} image={image} number={at + 1} />
              ))}
              {pendingImages.map((pendingImage, at) => (
                <PendingTile
                  key={pendingImage.key}
                  pendingImage={pendingImage}
                  number={sent.length + at + 1}
                />
              ))}
            </ul>
          </>
        )}
      </main>
      <footer class="dock">
        <BodySitePicker place={pending.place.value} onChange={(news) => pending.describe("", news)} />
        <Actions />
      </footer>
    </>
  );
}

/** The status, always in the same place and of the same height, so that the images below do not move. */
function SendingStatus() {
  const { done, sending, pending } = usePhone();
  const problem = pending.moving.value.length > 0 ? sending.problem.value : null;
  const { title, text } = sendingStatus(usePhone());
  return (
    <section
      class={done.value ? "sending-status sending-status-done" : "sending-status"}
      role="status"
      aria-label={words.status}
    >
      <span class="sending-status-sign">
        <Icon name={done.value ? "check" : "send"} />
      </span>
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
        <Reference of={problem?.reference} />
      </div>
    </section>
  );
}

function sendingStatus({ pending, sentImages, done, fromGallery }: PhoneStore): {
  title: string;
  text: string;
} {
  const count = sentImages.images.value.length;
  const moving = pending.moving.value.length;
  const here = pending.images.value.length - moving;
  const all = words.allOnDesktop(count);
  if (done.value) {
    return {
      title: all,
      text: fromGallery.value ? words.fromGallery : words.nothingLeft,
    };
  }
  if (pending.arriving.value > 0)
    return {
      title: words.adding(pending.arriving.value),
      text: pending.fragile.value
        ? words.preparing
        : moving > 0
          ? words.encryptingThenSending
          : words.encrypting,
    };
  if (moving > 0)
    return {
      title: words.sending(moving),
      text: words.resumes,
    };
  if (here === 0)
    return {
      title: all,
      text: words.onlyEarlier,
    };
  if (pending.unsent.value.length === 0)
    return {
      title: words.notSent(here),
      text: words.why,
    };
  return {
    title: words.unsent(here),
    text: pending.fragile.value ? words.inPage : words.onPhone,
  };
}

function Welcome() {
  return (
    <div class="welcome">
      <span class="welcome-sign">
        <Icon name="camera" />
      </span>
      <p>{words.welcome}</p>
    </div>
  );
}

function Actions() {
  const { pending, sending } = usePhone();
  // What is still coming in counts, so that one press sends all that was chosen.
  const ready = pending.unsent.value.length + pending.coming.value;
  if (ready === 0)
    return (
      <div class="actions">
        <CameraButton class="button primary huge">
          <Icon name="camera" /> {locale.capture.openCamera}
        </CameraButton>
        <GalleryButton class="button huge">
          <Icon name="photos" /> {locale.capture.choosePhotos}
        </GalleryButton>
      </div>
    );
  return (
    <div class="actions">
      <button type="button" class="button primary huge" onClick={() => sending.send()}>
        <Icon name="send" /> {words.send(ready)}
      </button>
      <CameraButton class="button huge">
        <Icon name="camera" /> {locale.capture.more}
      </CameraButton>
      <GalleryButton class="button huge">
        <Icon name="photos" /> {locale.capture.choose}{" "}
      </GalleryButton>
    </div>
  );
}
