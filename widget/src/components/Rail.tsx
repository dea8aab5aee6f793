// All pictures of the session: small, numbered, each with its badge, and the files still on their way.
import { useEffect, useRef } from "preact/hooks";
import type { Image } from "../types";
import { AddPictures } from "./AddPictures";
import { badgeOf } from "./badge";
import { useStore } from "./context";
import { Icon } from "./Icon";
import { focusDetails } from "./Keyboard";
import { PhoneButton } from "./PhoneButton";
import { Thumbnail } from "./Picture";
import { Refused, UploadTile } from "./UploadTile";

export function Rail() {
  const { pictures, uploads } = useStore();
  return (
    <section class="rail" aria-label="Pictures">
      <AddPictures />
      <PhoneButton />
      {uploads.refused.value.map((upload) => (
        <Refused key={upload.key} upload={upload} />
      ))}
      <ul class="thumbs">
        {pictures.all.value.map((image, at) => (
          <li key={image.id}>
            <Thumb image={image} number={at + 1} />
          </li>
        ))}
        {uploads.moving.value.map((upload) => (
          <li key={`upload-${upload.key}`}>
            <UploadTile upload={upload} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Thumb({ image, number }: { image: Image; number: number }) {
  const { pictures, details } = useStore();
  const tile = useRef<HTMLButtonElement>(null);
  const described = details.described(image);
  const badge = badgeOf(described);
  const current = pictures.selected.value?.id === image.id;
  useEffect(() => {
    if (!current || !tile.current) return;
    tile.current.scrollIntoView({ block: "nearest", inline: "nearest" });
    // Focus moves along only when it already is on another picture: arrows, never a click elsewhere.
    if (document.activeElement?.classList.contains("thumb")) tile.current.focus();
  }, [current]);
  return (
    <button
      ref={tile}
      type="button"
      class="thumb"
      aria-current={current}
      title={image.title}
      tabIndex={current ? 0 : -1}
      onClick={(event) => {
        if (current && event.detail === 0) focusDetails();
        else pictures.select(image.id);
      }}
    >
      <span class="thumb-frame">
        <Thumbnail id={image.id} />
        <span class="thumb-number">
          <span class="unseen">Picture </span>
          {number}
        </span>
      </span>
      <span class="unseen">{described.bodySite ? image.title : ""}</span>
      <span class={`badge badge-${badge.tone}`}>
        {badge.tone === "moving" ? <span class="spinner" /> : <Icon name={badge.icon} />}
        {badge.word}
      </span>
    </button>
  );
}
