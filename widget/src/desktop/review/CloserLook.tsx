// One photo of the review, as large as the window allows: the last look before it is filed for good.
import { useEffect, useRef } from "preact/hooks";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { Enlarged } from "../stage/Enlarged";
import { reviewWords } from "./locale";

const words = reviewWords;

export function CloserLook() {
  const { review, images } = useStore();
  const dialog = useRef<HTMLDialogElement>(null);
  const image = review.listed.value.find(({ id }) => id === review.looked.value);
  const open = image !== undefined;
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="dialog dialog-whole closer-look"
      aria-labelledby="look-title"
      onClose={(event) => {
        event.stopPropagation();
        review.lookAt(null);
      }}
    >
      {image && (
        <>
          <div class="dialog-head">
            <h2 id="look-title">{image.title}</h2>
            <button
              type="button"
              class="button icon-only quiet"
              aria-label={words.closeLook}
              onClick={() => review.lookAt(null)}
            >
              <Icon name="cross" />
            </button>
          </div>
          <Enlarged image={image} number={images.numberOf(image.id)} />
        </>
      )}
    </dialog>
  );
}
