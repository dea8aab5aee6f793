// The live image with its shutter, and the taken to be kept or taken again.
import { useEffect, useRef, useState } from "preact/hooks";
import { useStore } from "../context";
import { useParts } from "../earlier/useParts";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { type Camera, camerasAllowed, listCameras, startCamera, stopCamera, takeStill } from "./camera";
import { WebcamPreview } from "./WebcamShot";
import { problemOf, type WebcamProblem } from "./webcam";

const words = locale.webcam;

const nameOf = (cause: unknown) => (cause instanceof DOMException ? cause.name : "");

export function WebcamAim() {
  const { webcam, handoff } = useStore();
  const Earlier = useParts();
  const video = useRef<HTMLVideoElement>(null);
  const shutter = useRef<HTMLButtonElement>(null);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [cameras, setCameras] = useState<Camera[]>([]);
  const [size, setSize] = useState("");
  const [problem, setProblem] = useState<WebcamProblem | null>(null);
  const [tries, setTries] = useState(0);
  const [taking, setTaking] = useState(false);
  const device = webcam.device.value;
  const taken = webcam.taken.value;

  useEffect(() => {
    let current = true;
    let started: MediaStream | null = null;
    const fail = (name: string) => current && setProblem(problemOf(name));
    setProblem(null);
    setStream(null);
    if (!camerasAllowed()) {
      fail("Insecure");
      return;
    }
    startCamera(device).then(
      async (found) => {
        if (!current) return stopCamera(found);
        started = found;
        found.getVideoTracks()[0]?.addEventListener("ended", () => fail("NotReadableError"));
        setStream(found);
        const all = await listCameras();
        if (current) setCameras(all);
      },
      (cause) => fail(nameOf(cause)),
    );
    return () => {
      current = false;
      if (started) stopCamera(started);
    };
  }, [device, tries]);

  useEffect(() => {
    const element = video.current;
    if (!element || !stream || taken) return;
    element.srcObject = stream;
  }, [stream, taken]);

  useEffect(() => {
    if (size && !taken) shutter.current?.focus();
  }, [size, taken]);

  // The live picture restarts after each photo, and until it does there is nothing to take.
  useEffect(() => {
    if (taken) setSize("");
  }, [taken]);

  async function take() {
    if (!stream || !video.current || taking) return;
    setTaking(true);
    try {
      webcam.took(await takeStill(stream, video.current));
    } catch (cause) {
      setProblem(problemOf(nameOf(cause)));
    }
    setTaking(false);
  }

  const phoneInstead = () => {
    webcam.close();
    void handoff.show();
  };

  if (problem)
    return (
      <div class="dialog-body webcam-problem" role="alert">
        <Icon name="attention" />
        <h3>{problem.title}</h3>
        <p>{problem.next}</p>
        <p class="row">
          <button type="button" class="button primary" onClick={() => setTries(tries + 1)}>
            {words.tryAgain}
          </button>
          <button type="button" class="button" onClick={phoneInstead}>
            {words.phone}
          </button>
        </p>
      </div>
    );
  if (taken) return <WebcamPreview taken={taken} />;
  const used = stream?.getVideoTracks()[0]?.getSettings().deviceId ?? device;
  return (
    <>
      <div class="webcam-view">
        <video
          ref={video}
          autoPlay
          playsInline
          muted
          aria-label={words.live}
          onPlaying={(event) => {
            const { videoWidth, videoHeight } = event.currentTarget;
            setSize(`${videoWidth} × ${videoHeight}`);
          }}
        />
        {Earlier && size && <Earlier.Overlay />}
        {!size && (
          <p role="status">
            <span class="spinner" /> {words.starting}
          </p>
        )}
      </div>
      <div class="dialog-foot">
        {cameras.length > 1 && (
          <label class="webcam-choice">
            {words.camera}{" "}
            <select value={used} onChange={(event) => webcam.choose(event.currentTarget.value)}>
              {cameras.map((camera) => (
                <option key={camera.id} value={camera.id}>
                  {camera.name}
                </option>
              ))}
            </select>
          </label>
        )}
        {Earlier && <Earlier.OverlayStrength />}
        <p class="foot-note">{size}</p>
        <button
          ref={shutter}
          type="button"
          class="button primary big"
          disabled={!size || taking}
          onClick={() => void take()}
        >
          <Icon name="camera" />
          {words.take}
        </button>
      </div>
    </>
  );
}
