// The selected picture, large, with the line a colleague will read under it.
import { removable } from "../store/pictures";
import { megabytes } from "../wording";
import { useStore } from "./context";
import { Icon } from "./Icon";
import { LargePicture } from "./Picture";

export function Stage() {
  const { pictures, details } = useStore();
  const image = pictures.selected.value;
  if (!image)
    return (
      <section class="stage" aria-label="Selected picture">
        <div class="stage-picture" />
      </section>
    );
  const number = pictures.numberOf(image.id);
  const count = pictures.all.value.length;
  const described = details.described(image);
  return (
    <section class="stage" aria-label="Selected picture">
      <div class="stage-bar">
        <button
          type="button"
          class="button icon-only quiet"
          aria-label="Previous picture"
          disabled={number <= 1}
          onClick={() => pictures.move(-1)}
        >
          <Icon name="back" />
        </button>
        <p class="stage-count">
          Picture {number} of {count}
        </p>
        <button
          type="button"
          class="button icon-only quiet"
          aria-label="Next picture"
          disabled={number >= count}
          onClick={() => pictures.move(1)}
        >
          <Icon name="forward" />
        </button>
        <p class="stage-size">
          {image.width} × {image.height} · {megabytes(image.bytes)}
        </p>
        {removable(image) && (
          <button type="button" class="button quiet" onClick={() => pictures.remove(image.id)}>
            <Icon name="remove" />
            Remove
          </button>
        )}
      </div>
      <div class="stage-picture">
        <LargePicture id={image.id} alt={`Picture ${number}`} />
      </div>
      <p class="record-line">
        <span class="record-line-label">Colleagues will read</span>
        {described.bodySite ? (
          <span class="record-line-text">{image.title}</span>
        ) : (
          <span class="record-line-text record-line-missing">
            Say where on the body, and the line appears here
          </span>
        )}
      </p>
    </section>
  );
}
