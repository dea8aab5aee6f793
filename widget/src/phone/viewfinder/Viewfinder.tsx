// The viewfinder: what the rear camera sees, a shutter, and the shots so far; sending goes on behind it.
import { useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { BodySitePicker } from "../bodySite/BodySitePicker";
import { nextView, ViewChips, viewWords } from "../bodySite/ViewChips";
import { CameraAppButton, PhotosButton } from "../capture/CaptureButtons";
import { placeWords } from "../capture/coach/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { AimOverlay, EarlierStrength } from "./AimOverlay";
import { Coach } from "./Coach";
import { Controls } from "./Controls";
import { createCamera, type RearCamera } from "./camera";
import { viewfinderWords } from "./locale";
import "./viewfinder.css";

const words = viewfinderWords;

/** A camera that gives less than this is worse than the phone's own camera app. */
const ENOUGH_PX = 1_200;

export function Viewfinder() {
  const { screens, pending, overlay, imageWorker } = usePhone();
  const camera = useMemo(() => createCamera(imageWorker.encode), []);
  const video = useRef<HTMLVideoElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const [choosing, setChoosing] = useState(false);
  const [size, setSize] = useState({ width: 0, height: 0 });

  useEffect(() => {
    heading.current?.focus();
    void camera.start();
    void overlay.refresh();
    imageWorker.warm();
    // A phone ends a hidden page's camera.
    const shown = () => document.visibilityState === "visible" && void camera.start();
    document.addEventListener("visibilitychange", shown);
    return () => {
      document.removeEventListener("visibilitychange", shown);
      camera.stop();
    };
  }, []);
  useSignalEffect(() => {
    const stream = camera.stream.value;
    if (!video.current) return;
    video.current.srcObject = stream;
    if (stream) void video.current.play().catch(() => {});
  });

  function focus(event: PointerEvent) {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    void camera.focusAt((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  }

  const tooSmall = size.width > 0 && Math.max(size.width, size.height) < ENOUGH_PX;
  const problem = camera.problem.value;
  return (
    <>
      <main class="viewfinder">
        <h2 class="unseen" tabIndex={-1} ref={heading}>
          {words.title}
        </h2>
        <div class="viewfinder-frame" onPointerUp={focus}>
          <video
            ref={video}
            aria-label={words.live}
            autoplay
            playsInline
            muted
            onResize={({ currentTarget: { videoWidth: width, videoHeight: height } }) =>
              setSize({ width, height })
            }
          />
          {problem ? (
            <div class="viewfinder-problem" role="alert">
              <p>{words.problems[problem]}</p>
              <button type="button" class="button" onClick={camera.start}>
                {words.tryAgain}
              </button>
            </div>
          ) : (
            <AimOverlay view={pending.view.value} />
          )}
          {!camera.stream.value && !problem && (
            <p class="viewfinder-problem" role="status">
              <span class="spinner" /> {locale.capture.starting}
            </p>
          )}
          <div class="viewfinder-words" role="status">
            {camera.stream.value && (
              <Coach
                video={video}
                camera={camera}
                otherwise={
                  tooSmall && <p class="words words-warn">{words.tooSmall(size.width, size.height)}</p>
                }
              />
            )}
          </div>
          <button
            type="button"
            class="over-photo lightbox-close"
            aria-label={words.close}
            onClick={screens.stopAiming}
          >
            <Icon name="cross" />
          </button>
          <Controls camera={camera} />
        </div>
      </main>
      <footer class="dock viewfinder-dock">
        {choosing ? (
          <NextPhoto onDone={() => setChoosing(false)} />
        ) : (
          <Shooting camera={camera} video={video} onChoose={() => setChoosing(true)} />
        )}
      </footer>
    </>
  );
}

/** Side, site and view of the next shot. */
function NextPhoto({ onDone }: { onDone: () => void }) {
  const { pending } = usePhone();
  return (
    <>
      <BodySitePicker whose={words.next} subject="" place={pending.place.value} onChange={pending.setPlace} />
      <ViewChips view={pending.view.value} onChange={(view) => (pending.view.value = view)} />
      <ChipGroup
        label={words.scale}
        choices={[{ value: "scale", label: words.withScale }]}
        value={pending.wantsScale.value ? "scale" : null}
        onChoose={(value) => (pending.wantsScale.value = value !== null)}
      />
      <div class="actions">
        <button type="button" class="button primary huge" onClick={onDone}>
          <Icon name="check" /> {words.done}
        </button>
      </div>
    </>
  );
}

type ShootingProps = {
  camera: RearCamera;
  video: { current: HTMLVideoElement | null };
  onChoose: () => void;
};

function Shooting({ camera, video, onChoose }: ShootingProps) {
  const { screens, pending, sending, shoot, shotFailed, cameraMark } = usePhone();
  const shots = useRef(new Set<Promise<void>>());
  const [busy, setBusy] = useState(0);
  const [taken, setTaken] = useState(0);
  const unsent = pending.unsent.value;
  const last = unsent[unsent.length - 1];
  const ready = unsent.length + busy + pending.coming.value;
  const place = [placeWords(pending.place.value), viewWords(pending.view.value)].filter(Boolean).join(" · ");

  function press() {
    const shot = take().finally(() => shots.current.delete(shot));
    shots.current.add(shot);
  }

  async function take() {
    if (!video.current || !camera.stream.peek()) return;
    shotFailed.value = false;
    setBusy((count) => count + 1);
    try {
      const photo = await cameraMark.during(camera.takeStill(video.current));
      setTaken((count) => count + 1);
      await shoot(photo);
      pending.view.value = nextView(pending.view.peek());
    } catch {
      // Told here, or by the main screen if this one was closed while the shot was made.
      shotFailed.value = true;
    }
    setBusy((count) => count - 1);
  }

  /** A shot that is still being made counts too: it was taken before this was pressed. */
  async function send() {
    await Promise.all(shots.current);
    screens.closeAll();
    await sending.send();
  }

  return (
    <>
      <EarlierStrength />
      <button type="button" class="place-button" onClick={onChoose}>
        <Icon name="site" />
        <span>{place || words.where}</span>
      </button>
      <div class="viewfinder-row">
        <button
          type="button"
          class="viewfinder-last"
          disabled={!last}
          aria-label={words.look(unsent.length)}
          onClick={() => last && screens.look(last.key)}
        >
          {last?.preview ? <img src={last.preview} alt="" /> : <Icon name="photos" />}
          {unsent.length > 0 && <span class="viewfinder-count">{unsent.length}</span>}
        </button>
        <button
          type="button"
          class="shutter"
          aria-label={words.shutter}
          aria-busy={busy > 0}
          disabled={!camera.stream.value}
          onClick={press}
        >
          <span />
        </button>
        <button type="button" class="button primary viewfinder-send" disabled={ready === 0} onClick={send}>
          <Icon name="send" /> {words.send(ready)}
        </button>
      </div>
      <p class="unseen" role="status">
        {taken > 0 && words.taken(taken)}
      </p>
      {shotFailed.value && (
        <p class="words words-bad" role="alert">
          {words.failed}
        </p>
      )}
      <div class="ways">
        <CameraAppButton class="button way">
          <Icon name="app" /> {locale.capture.cameraApp}
        </CameraAppButton>
        <PhotosButton class="button way" />
      </div>
    </>
  );
}
