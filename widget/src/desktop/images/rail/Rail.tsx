// All images of the session: small, numbered, each with its badge, and the files still on their way.
import { useRef } from "preact/hooks";
import { AddImages, PhoneButton, WebcamButton } from "../../adding/AddButtons";
import { Refused } from "../../adding/UploadTile";
import { useStore } from "../../context";
import { locale } from "../../locale";
import { isLocal } from "../local";
import { Thumb } from "./Thumb";
import { useDragOrder } from "./useDragOrder";

const words = locale.images;

export function Rail() {
  const { images, uploads } = useStore();
  const list = useRef<HTMLUListElement>(null);
  const drag = useDragOrder(list, images.picked.value, images.place);
  return (
    <section class="rail" aria-label={words.all}>
      <div class="rail-tools">
        <AddImages />
        <PhoneButton />
        <WebcamButton />
      </div>
      {uploads.refused.value.map((upload) => (
        <Refused key={upload.key} upload={upload} />
      ))}
      <ul class="thumbs" ref={list}>
        {images.all.value.map((image, at) => (
          <li
            key={images.lastingKey(image.id)}
            data-id={isLocal(image.id) ? undefined : image.id}
            data-dragged={drag.moving.includes(image.id) || undefined}
            data-drop={drag.before === image.id || undefined}
            onPointerDown={(event) => drag.start(event, image.id)}
          >
            <Thumb image={image} number={at + 1} />
          </li>
        ))}
      </ul>
    </section>
  );
}
