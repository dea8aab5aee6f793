// The two ways an image comes in: the phone's own camera, and its gallery. A label around the real file input.
import type { ComponentChildren } from "preact";
import { usePhone } from "../context";

type Props = { class: string; replaces?: string; children: ComponentChildren };

/** The input forgets its file at once, so that the same photo can be chosen again. */
function chosen(input: HTMLInputElement): File[] {
  const files = [...(input.files ?? [])];
  input.value = "";
  return files;
}

/** Opens the rear camera; with `replaces`, the new image takes the place of that one. */
export function CameraButton({ class: className, replaces = "", children }: Props) {
  const { take } = usePhone();
  return (
    <label class={className}>
      {children}
      <input
        type="file"
        class="covered"
        accept="image/*"
        capture="environment"
        onChange={(event) => take(chosen(event.currentTarget), "camera", replaces)}
      />
    </label>
  );
}

export function GalleryButton({ class: className, children }: Props) {
  const { take, link } = usePhone();
  const accept = link.capabilities.value?.acceptedTypes.join(",") ?? "image/*";
  return (
    <label class={className}>
      {children}
      <input
        type="file"
        class="covered"
        accept={accept}
        multiple
        onChange={(event) => take(chosen(event.currentTarget), "gallery")}
      />
    </label>
  );
}
