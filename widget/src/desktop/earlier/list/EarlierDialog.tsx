// The earlier photos, by lesion, newest first. Choosing one closes this and puts it beside the new photo.
import type { EarlierImage } from "../../../api/types";
import { practiceDay } from "../../../shared/time/practiceTime";
import { Reference } from "../../../shared/ui/Reference";
import { calendarDate } from "../../../shared/wording";
import { useStore } from "../../context";
import { Dialog } from "../../dialogs/Dialog";
import { locale } from "../../locale";
import { EarlierPicture } from "../comparison/EarlierPicture";
import { grouped, longAgo } from "./groups";

const words = locale.earlier;

export function EarlierDialog() {
  const { earlier } = useStore();
  return (
    <Dialog
      id="earlier"
      kind="dialog-earlier"
      title={words.title}
      open={earlier.open.value}
      closeName={words.close}
      onClose={earlier.close}
    >
      <div class="dialog-body">
        <List />
      </div>
    </Dialog>
  );
}

function List() {
  const { earlier } = useStore();
  const listed = earlier.listed.value;
  const problem = earlier.problem.value;
  if (problem)
    return (
      <div role="alert">
        <p>{problem.detail}</p>
        <Reference of={problem.reference} />
        <button type="button" class="button" onClick={() => void earlier.load()}>
          {words.again}
        </button>
      </div>
    );
  if (!listed)
    return (
      <p class="loading" role="status">
        <span class="spinner" /> {words.loading}
      </p>
    );
  return (
    <>
      {listed.images.length === 0 && (
        <div>
          <p>{listed.more || listed.unproven > 0 ? words.noneShown : words.none}</p>
          <p class="row-more">{words.noneMore}</p>
        </div>
      )}
      {grouped(listed.images, words.others).map((group) => (
        <section key={group.name}>
          <h3>{group.name}</h3>
          <ul class="earlier-photos">
            {group.images.map((image) => (
              <li key={image.id}>
                <Choice image={image} />
              </li>
            ))}
          </ul>
        </section>
      ))}
      {listed.unproven > 0 && <p class="row-more">{words.unproven(listed.unproven)}</p>}
      {listed.more && <p class="row-more">{words.more}</p>}
    </>
  );
}

function Choice({ image }: { image: EarlierImage }) {
  const { earlier } = useStore();
  const caption = image.ours ? (image.view ?? image.type ?? "") : image.title;
  return (
    <button type="button" class="earlier-photo" onClick={() => earlier.choose(image.id)}>
      <EarlierPicture id={image.id} size="thumb" alt="" />
      <span class="earlier-when">{ago(image)}</span>
      <span class="row-more">
        {[onDay(image), caption, image.contentType === "application/pdf" ? words.document : ""]
          .filter(Boolean)
          .join(" · ")}
      </span>
    </button>
  );
}

type Dated = Pick<EarlierImage, "date">;

const ago = ({ date }: Dated) => (date ? longAgo(date, new Date()) : words.undated);

const onDay = ({ date }: Dated): string => (date ? calendarDate(practiceDay(new Date(date))) : "");

/** "8 months ago · 24 Mar 2026". */
export const when = (image: Dated): string => [ago(image), onDay(image)].filter(Boolean).join(" · ");
