// One image in the review: whether it is filed, the line a colleague will read, and what will be written.
import type { FittedFile, Image } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { megabytes } from "../../shared/wording";
import { useStore } from "../context";
import { Thumbnail } from "../images/ImageContent";

export function ReviewRow({ image }: { image: Image }) {
  const { review } = useStore();
  const original = review.originalOf(image);
  const isOriginal = review.listed.value.some((other) => other.derivedFrom === image.id);
  return (
    <li>
      <label class="review-tick">
        <input
          type="checkbox"
          checked={!review.left.value.has(image.id)}
          aria-label={isOriginal ? `Also file the original: ${image.title}` : `File ${image.title}`}
          onChange={() => review.toggle(image.id)}
        />
        <span class="row-image">
          <Thumbnail id={image.id} />
        </span>
      </label>
      <div class="row-words">
        <p class="row-title">{image.title}</p>
        {isOriginal && <p class="row-more">Original of an edited photo, unaltered. Tick to file it too.</p>}
        {original && <p class="row-more">Edited copy. The original is kept as it was taken.</p>}
        {image.sensitive && <p class="row-more">Marked sensitive</p>}
        <Sizes image={image} />
      </div>
    </li>
  );
}

function Sizes({ image }: { image: Image }) {
  const found = useStore().review.fits.value.get(image.id);
  if (found === undefined)
    return (
      <p class="row-more row-moving">
        <span class="spinner" /> Working out its size
      </p>
    );
  if (!Array.isArray(found))
    return (
      <p class="row-more">
        {found.text}
        <Reference of={found.reference} />
      </p>
    );
  return (
    <>
      {found.map((file) => (
        <Size key={file.target} file={file} named={found.length > 1} />
      ))}
    </>
  );
}

/** A meter, so that "how near to the limit" is seen without reading. */
function Size({ file, named }: { file: FittedFile; named: boolean }) {
  const place = named ? `Inbox ${file.target === "scan" ? "Scan" : "Media"}: ` : "";
  return (
    <p class="row-more row-size">
      <meter
        min={0}
        max={file.limit}
        value={file.bytes}
        aria-label={`${place}${megabytes(file.bytes)} of ${megabytes(file.limit)}`}
      />
      <span>
        {place}
        <b>{megabytes(file.bytes)}</b> of {megabytes(file.limit)}. {file.done}
      </span>
    </p>
  );
}
