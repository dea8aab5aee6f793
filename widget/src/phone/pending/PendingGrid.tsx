// The main screen: what is still on this phone, what is on the desktop, and the next thing to do at the bottom.
import { Reference } from "../../shared/ui/Reference";
import { UnsentPlace } from "../bodySite/UnsentPlace";
import { OtherWays, ShootButton } from "../capture/CaptureButtons";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import type { PhoneStore } from "../store";
import { PendingTile, SentTile } from "./Tile";

const words = locale.pending;

export function PendingGrid() {
  const { pending, sentImages, untouched } = usePhone();
  const pendingImages = pending.images.value.filter(({ stage }) => stage !== "behind");
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
        <UnsentPlace />
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
        {sending.retriable.value.length > 1 && (
          <button type="button" class="button" onClick={sending.againAll}>
            <Icon name="again" /> {words.tryAll}
          </button>
        )}
      </div>
    </section>
  );
}

function sendingStatus({ pending, sentImages, done, fromGallery, link }: PhoneStore): {
  title: string;
  text: string;
} {
  const count = sentImages.images.value.length;
  const moving = pending.moving.value.length;
  const unsent = pending.unsent.value.length;
  const refused = pending.images.value.length - moving - unsent;
  const own = link.own.value;
  const unfiled = sentImages.images.value.filter(({ state }) => state === "staged").length;
  const all = own ? (unfiled > 0 ? words.allSaved(unfiled) : words.allHandedOver) : words.allOnDesktop(count);
  if (done.value && own) return { title: all, text: unfiled > 0 ? words.reviewNext : words.nothingLeft };
  const following = pending.behind.value.length;
  if (done.value && following > 0) return { title: all, text: words.following(following) };
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
      text: !link.connected.value ? words.resumes : own ? words.savedOpen : words.keepOpen,
    };
  if (unsent > 0)
    return {
      title: words.unsent(unsent),
      text: (pending.fragile.value ? words.inPage : words.onPhone)(unsent),
    };
  if (refused > 0)
    return {
      title: words.notSent(refused),
      text: words.why(refused),
    };
  return {
    title: all,
    text: words.onlyEarlier,
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
  const { pending, sending, sentImages, screens, link } = usePhone();
  // What is still coming in counts, so that one press sends all that was chosen.
  const ready = pending.unsent.value.length + pending.coming.value;
  const canFile = link.own.value && ready === 0 && sentImages.images.value.length > 0;
  return (
    <div class="actions">
      {ready > 0 ? (
        <button type="button" class="button primary huge" onClick={() => sending.send()}>
          <Icon name="send" /> {words.send(ready)}
        </button>
      ) : canFile ? (
        <button type="button" class="button primary huge" onClick={screens.review}>
          <Icon name="check" /> {locale.filing.open}
        </button>
      ) : (
        <ShootButton class="button primary huge">
          <Icon name="camera" /> {locale.capture.openCamera}
        </ShootButton>
      )}
      <div class="ways">
        <OtherWays more={ready > 0 || canFile} />
      </div>
    </div>
  );
}
