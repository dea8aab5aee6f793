// The main screen: what is still on this phone, what is on the desktop, and the next thing to do at the bottom.
import { Reference } from "../../shared/ui/Reference";
import { counted } from "../../shared/wording";
import { Where } from "../bodySite/BodySitePicker";
import { CameraButton, PhotosButton } from "../capture/CaptureButtons";
import { usePhone } from "../context";
import { Sign } from "../Icon";
import type { PhoneStore } from "../store";
import { SentTile, ShotTile } from "./Tile";

export function Roll() {
  const { roll, arrived, untouched } = usePhone();
  const shots = roll.shots.value;
  // A picture that only waits for its place to be told is shown once, where it stood while it was sent.
  const landed = new Set(shots.map((shot) => shot.imageId));
  const sent = arrived.images.value.filter((image) => !landed.has(image.id));
  return (
    <>
      <main class="roll">
        {untouched.value ? (
          <Welcome />
        ) : (
          <>
            <Standing />
            <h2 class="unseen">Pictures</h2>
            <ul class="tiles">
              {sent.map((image, at) => (
                <SentTile key={image.id} image={image} number={at + 1} />
              ))}
              {shots.map((shot, at) => (
                <ShotTile key={shot.key} shot={shot} number={sent.length + at + 1} />
              ))}
            </ul>
          </>
        )}
      </main>
      <footer class="dock">
        <Where place={roll.place.value} onChange={(news) => roll.describe("", news)} />
        <Actions />
      </footer>
    </>
  );
}

/** How it stands, always in the same place and of the same height, so that the pictures below stay where they are. */
function Standing() {
  const { done, sending, roll } = usePhone();
  const problem = roll.moving.value.length > 0 ? sending.problem.value : null;
  const { title, words } = standing(usePhone());
  return (
    <section
      class={done.value ? "standing standing-done" : "standing"}
      role="status"
      aria-label="How it stands"
    >
      <span class="standing-sign">
        <Sign name={done.value ? "check" : "send"} />
      </span>
      <div>
        <h2>{title}</h2>
        <p>{words}</p>
        <Reference of={problem?.reference} />
      </div>
    </section>
  );
}

function standing({ roll, arrived, done, fromGallery }: PhoneStore): { title: string; words: string } {
  const count = arrived.images.value.length;
  const moving = roll.moving.value.length;
  const here = roll.shots.value.length - moving;
  const all = count === 1 ? "The picture is on the desktop" : `${count} pictures are on the desktop`;
  if (done.value) {
    return {
      title: count === 0 ? "Everything is sent" : all,
      words: fromGallery.value
        ? "This page keeps nothing. Photos you chose are still in this phone's gallery."
        : "Nothing is left on this phone.",
    };
  }
  if (roll.arriving.value > 0)
    return {
      title: `Taking in ${counted(roll.arriving.value, "photo")}`,
      words: moving > 0 ? "Each is made safe first, then sent." : "Each is made safe first.",
    };
  if (moving > 0)
    return {
      title: `Sending: ${counted(moving, "picture")} to go`,
      words: "It goes on by itself, also after a dead spot.",
    };
  if (here === 0)
    return {
      title: count === 0 ? "Everything is sent" : all,
      words: "Only what is from before is still on this phone.",
    };
  if (roll.unsent.value.length === 0)
    return {
      title: `${counted(here, "picture")} could not be sent`,
      words: "Tap the one marked “Not sent” to see why.",
    };
  return {
    title: `${counted(here, "picture")} not sent yet`,
    words: roll.fragile.value
      ? "In this page only until you send them."
      : "Kept on this phone until you send them.",
  };
}

function Welcome() {
  return (
    <div class="welcome">
      <span class="welcome-sign">
        <Sign name="camera" />
      </span>
      <p>Take as many pictures as you need, then send them. They appear on the desktop at once.</p>
    </div>
  );
}

function Actions() {
  const { roll, sending } = usePhone();
  // What is still coming in counts, so that one press sends all that was chosen.
  const ready = roll.unsent.value.length + roll.coming.value;
  if (ready === 0)
    return (
      <div class="actions">
        <CameraButton class="button primary huge">
          <Sign name="camera" /> Open camera
        </CameraButton>
        <PhotosButton class="button huge">
          <Sign name="photos" /> Choose photos
        </PhotosButton>
      </div>
    );
  return (
    <div class="actions">
      <button type="button" class="button primary huge" onClick={() => sending.send()}>
        <Sign name="send" /> Send {counted(ready, "picture")}
      </button>
      <CameraButton class="button huge">
        <Sign name="camera" /> One more
      </CameraButton>
      <PhotosButton class="button huge">
        <Sign name="photos" /> Choose
      </PhotosButton>
    </div>
  );
}
