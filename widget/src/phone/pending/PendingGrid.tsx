// The main screen: what is still on this phone, what is on the desktop, and the next thing to do at the bottom.
import { Reference } from "../../shared/ui/Reference";
import { counted } from "../../shared/wording";
import { BodySitePicker } from "../bodySite/BodySitePicker";
import { CameraButton, GalleryButton } from "../capture/CaptureButtons";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import type { PhoneStore } from "../store";
import { PendingTile, SentTile } from "./Tile";

export function Pending() {
  const { pending, sentImages, untouched } = usePhone();
  const pendingImages = pending.images.value;
  // An image that only waits for its place to be told is shown once, where it stood while it was sent.
  const landed = new Set(pendingImages.map((pendingImage) => pendingImage.imageId));
  const sent = sentImages.images.value.filter((image) => !landed.has(image.id));
  return (
    <>
      <main class="pending">
        {untouched.value ? (
          <Welcome />
        ) : (
          <>
            <Standing />
            <h2 class="unseen">Images</h2>
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

/** How it stands, always in the same place and of the same height, so that the images below stay where they are. */
function Standing() {
  const { done, sending, pending } = usePhone();
  const problem = pending.moving.value.length > 0 ? sending.problem.value : null;
  const { title, words } = standing(usePhone());
  return (
    <section
      class={done.value ? "sending-status sending-status-done" : "sending-status"}
      role="status"
      aria-label="How it stands"
    >
      <span class="sending-status-sign">
        <Icon name={done.value ? "check" : "send"} />
      </span>
      <div>
        <h2>{title}</h2>
        <p>{words}</p>
        <Reference of={problem?.reference} />
      </div>
    </section>
  );
}

function standing({ pending, sentImages, done, fromGallery }: PhoneStore): { title: string; words: string } {
  const count = sentImages.images.value.length;
  const moving = pending.moving.value.length;
  const here = pending.images.value.length - moving;
  const all = count === 1 ? "The photo is on the desktop" : `${count} photos are on the desktop`;
  if (done.value) {
    return {
      title: count === 0 ? "Everything is sent" : all,
      words: fromGallery.value
        ? "This page keeps nothing. Photos you chose are still in this phone's gallery."
        : "Nothing is left on this phone.",
    };
  }
  if (pending.arriving.value > 0)
    return {
      title: `Taking in ${counted(pending.arriving.value, "photo")}`,
      words: moving > 0 ? "Each is made safe first, then sent." : "Each is made safe first.",
    };
  if (moving > 0)
    return {
      title: `Sending: ${counted(moving, "photo")} to go`,
      words: "It goes on by itself, also after a dead spot.",
    };
  if (here === 0)
    return {
      title: count === 0 ? "Everything is sent" : all,
      words: "Only what is from before is still on this phone.",
    };
  if (pending.unsent.value.length === 0)
    return {
      title: `${counted(here, "photo")} could not be sent`,
      words: "Tap the one marked “Not sent” to see why.",
    };
  return {
    title: `${counted(here, "photo")} not sent yet`,
    words: pending.fragile.value
      ? "In this page only until you send them."
      : "Kept on this phone until you send them.",
  };
}

function Welcome() {
  return (
    <div class="welcome">
      <span class="welcome-sign">
        <Icon name="camera" />
      </span>
      <p>Take as many photos as you need, then send them. They appear on the desktop at once.</p>
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
          <Icon name="camera" /> Open camera
        </CameraButton>
        <GalleryButton class="button huge">
          <Icon name="photos" /> Choose photos
        </GalleryButton>
      </div>
    );
  return (
    <div class="actions">
      <button type="button" class="button primary huge" onClick={() => sending.send()}>
        <Icon name="send" /> Send {counted(ready, "photo")}
      </button>
      <CameraButton class="button huge">
        <Icon name="camera" /> One more
      </CameraButton>
      <GalleryButton class="button huge">
        <Icon name="photos" /> Choose
      </GalleryButton>
    </div>
  );
}
