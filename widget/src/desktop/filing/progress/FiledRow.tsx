// One image in the filing dialog, and what the receipt says about it.
import type { ComponentChildren } from "preact";
import { timeAndDay } from "../../../shared/wording";
import { useStore } from "../../context";
import { Thumbnail } from "../../images/ImageContent";
import { locale } from "../../locale";
import type { Filed } from "../filing";

const words = locale.filing;

export const Row = ({ row, children }: { row: Filed; children: ComponentChildren }) => (
  <li>
    <span class="row-image">
      <Thumbnail id={row.image.id} />
    </span>
    <div class="row-words">
      <p class="row-title">{row.title}</p>
      {children}
    </div>
  </li>
);

export function FiledRow({ row }: { row: Filed }) {
  const { session } = useStore();
  const target = session.capabilities.value?.commitTarget ?? "scan";
  const references = [row.image.documentReferenceId, row.image.mediaId].filter(Boolean);
  return (
    <Row row={row}>
      <p class="row-more">
        {/* Without an id it was the clinician who found it: when it was filed is not known. */}
        {row.at && (references.length > 0 ? words.filedAt : words.foundAt)(timeAndDay(row.at, new Date()))}
        {words.where}
        <b>{words.places[target]}</b>
        {words.under}
      </p>
      {references.length > 0 && (
        <p class="row-more">
          {words.medtechId}
          <code>{references.join(", ")}</code>
        </p>
      )}
    </Row>
  );
}
