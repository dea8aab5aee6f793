// One image in the review: whether it is filed, the line a colleague will read, and what will be written.
import type { FittedFile, Image } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { megabytes } from "../../shared/wording";
import { useStore } from "../context";
import { Thumbnail } from "../images/ImageContent";
import { locale } from "../locale";
import { isDocument } from "../stage/pages";
import { reviewWords } from "./locale";

const words = reviewWords;

export function ReviewRow({ image }: { image: Image }) {
  const { images, review, pages } = useStore();
  const unseen = isDocument(image) ? pages.unseen(image) : [];
  const original = review.originalOf(image);
  const isOriginal =
    !image.derivedFrom &&
    (images.leftOut.value.has(image.id) ||
      review.listed.value.some((other) => other.derivedFrom === image.id));
  return (
    <li>
      <label class="review-tick">
        <input
          type="checkbox"
          checked={!review.left.value.has(image.id)}
          aria-label={isOriginal ? words.fileOriginal(image.title) : words.fileOne(image.title)}
          onChange={() => review.toggle(image.id)}
        />
      </label>
      <button
        type="button"
        class="row-image row-look"
        aria-label={words.look(image.title)}
        title={words.look(image.title)}
        onClick={() => review.lookAt(image.id)}
      >
        <Thumbnail id={image.id} />
      </button>
      <div class="row-words">
        <p class="row-title">{review.filedTitle(image)}</p>
        {isOriginal && <p class="row-more">{words.original}</p>}
        {original && <p class="row-more">{words.edited}</p>}
        {isDocument(image) && <p class="row-more">{locale.images.pages.pdf(image.pages)}</p>}
        {image.incomplete && <p class="row-unseen">{locale.images.incomplete}</p>}
        {unseen.length > 0 && <p class="row-unseen">{locale.images.pages.unseen(unseen)}</p>}
        {image.sensitive && <p class="row-more">{words.sensitive}</p>}
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
        <span class="spinner" /> {words.sizing}
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
  const place = named ? words.inbox[file.target] : "";
  return (
    <p class="row-more row-size">
      <meter
        min={0}
        max={file.limit}
        value={file.bytes}
        aria-label={`${place}${words.of(megabytes(file.bytes), megabytes(file.limit))}`}
      />
      <span>
        {place}
        <b>{megabytes(file.bytes)}</b>
        {words.ofLimit(megabytes(file.limit), file.done)}
      </span>
    </p>
  );
}
