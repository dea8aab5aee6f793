// The main screen: what is still on this phone, what is on the desktop, and the next thing to do at the bottom.
import { counted } from "../../wording";
import { usePhone } from "./context";
import { CameraButton, PhotosButton } from "./FileButton";
import { Sign } from "./Sign";
import { SentTile, ShotTile } from "./Tile";
import { Where } from "./Where";

export function Roll() {
  const { roll, arrived, done, nothingLeft } = usePhone();
  const shots = roll.shots.value;
  const sent = arrived.images.value;
  const fresh = nothingLeft.value && !done.value;
  return (
    <>
      <main class="roll">
        {done.value && <Done count={sent.length} />}
        {fresh && <Welcome />}
        {(shots.length > 0 || roll.arriving.value > 0) && (
          <section aria-labelledby="here">
            <h2 id="here">
              <Here />
            </h2>
            <ul class="tiles">
              {shots.map((shot, at) => (
                <ShotTile key={shot.key} shot={shot} number={at + 1} />
              ))}
            </ul>
          </section>
        )}
        {sent.length > 0 && (
          <section aria-labelledby="there">
            <h2 id="there">On the desktop ({sent.length})</h2>
            <ul class="tiles">
              {sent.map((image, at) => (
                <SentTile key={image.id} image={image} number={at + 1} />
              ))}
            </ul>
          </section>
        )}
      </main>
      <footer class="dock">
        <Where place={roll.place.value} onChange={(news) => roll.describe("", news)} />
        <Actions />
      </footer>
    </>
  );
}

/** How it stands with what is still here; read out as it changes. */
function Here() {
  const { roll } = usePhone();
  const moving = roll.moving.value.length;
  const arriving = roll.arriving.value;
  const unsent = roll.shots.value.length - moving;
  return (
    <span role="status">
      {arriving > 0
        ? `Taking in ${counted(arriving, "photo")}…`
        : moving > 0
          ? `Sending: ${counted(moving, "picture")} to go`
          : `On this phone, not sent (${unsent})`}
    </span>
  );
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

function doneWords(count: number): string {
  if (count === 0) return "Everything is sent";
  return count === 1 ? "The picture is on the desktop" : `${count} pictures are on the desktop`;
}

function Done({ count }: { count: number }) {
  const { fromGallery } = usePhone();
  return (
    <div class="done" role="status">
      <span class="done-sign">
        <Sign name="check" />
      </span>
      <div>
        <h2>{doneWords(count)}</h2>
        <p>
          {fromGallery.value
            ? "This page keeps nothing. The photos you chose are still in this phone's own gallery: delete them there."
            : "Nothing is left on this phone."}
        </p>
      </div>
    </div>
  );
}

function Actions() {
  const { roll, sending } = usePhone();
  const ready = roll.unsent.value.length;
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
