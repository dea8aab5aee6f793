// The ways an image comes in: the viewfinder in this page, the phone's own camera app, its gallery, and a PDF.
import type { ComponentChildren } from "preact";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { hasCamera } from "../viewfinder/camera";

const words = locale.capture;

type Props = { class: string; replaces?: string; children: ComponentChildren };
type ChooserProps = Props & {
  accept: string;
  from: "camera" | "gallery";
  capture?: "environment";
  multiple?: boolean;
};

/** The input forgets its file at once, so that the same photo can be chosen again. */
function chosen(input: HTMLInputElement): File[] {
  const files = [...(input.files ?? [])];
  input.value = "";
  return files;
}

/** A label around the real file input. */
function Chooser({ class: className, children, from, replaces = "", ...input }: ChooserProps) {
  const { take, cameraMark, chooser } = usePhone();
  return (
    <label class={className}>
      {children}
      <input
        type="file"
        class="covered"
        {...input}
        onClick={() => {
          chooser.expect();
          if (from === "camera") cameraMark.set();
        }}
        onCancel={() => {
          chooser.answered();
          cameraMark.clear();
        }}
        onChange={(event) => {
          chooser.answered();
          void take(chosen(event.currentTarget), from, replaces);
        }}
      />
    </label>
  );
}

/** The phone's own camera app; with `replaces`, the new image takes the place of that one. */
export const CameraAppButton = (props: Props) => (
  <Chooser {...props} from="camera" accept="image/*" capture="environment" />
);

/** Only `image/*`: with it an iPhone hands over JPEG, and Android opens its photo picker instead of its files. */
export const PhotosButton = ({ class: className }: { class: string }) => (
  <Chooser class={className} from="gallery" accept="image/*" multiple>
    <Icon name="photos" />
    <span>
      <span class="unseen">{words.choose}</span>
      {words.photos}
    </span>
  </Chooser>
);

export const PdfButton = (props: Props) => <Chooser {...props} from="gallery" accept="application/pdf" />;

/** The viewfinder in this page; the camera app where a browser has no camera for pages. */
export function ShootButton({ class: className, replaces = "", children }: Props) {
  const { screens } = usePhone();
  if (!hasCamera())
    return (
      <CameraAppButton class={className} replaces={replaces}>
        {children}
      </CameraAppButton>
    );
  return (
    <button type="button" class={className} onClick={() => screens.aim(replaces)}>
      {children}
    </button>
  );
}

/** One more, or the same one again, with the camera that was used last. */
export function AgainButton(props: Props) {
  const { byApp } = usePhone();
  return byApp.value ? <CameraAppButton {...props} /> : <ShootButton {...props} />;
}

/** The second row of ways: each one press away. Once there are photos, the camera app is in the viewfinder. */
export function OtherWays({ more }: { more: boolean }) {
  return (
    <>
      {more && (
        <AgainButton class="button way">
          <Icon name="camera" /> {words.more}
        </AgainButton>
      )}
      {!more && hasCamera() && (
        <CameraAppButton class="button way">
          <Icon name="app" /> {words.cameraApp}
        </CameraAppButton>
      )}
      <PhotosButton class="button way" />
      <PdfButton class="button way">
        <Icon name="pdf" /> {words.choosePdf}
      </PdfButton>
    </>
  );
}
