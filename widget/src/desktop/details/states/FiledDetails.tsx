// The details of an image that is being filed or was filed: to read, no longer to change.
import type { CommitError, Image } from "../../../api/types";
import { Reference } from "../../../shared/ui/Reference";
import { dayAndTime } from "../../../shared/wording";
import { useStore } from "../../context";
import { isLookedFor, isWaiting, Waiting } from "../../filing/progress/Waiting";
import { Icon } from "../../Icon";
import { locale } from "../../locale";

const words = locale.details;

export function FiledDetails({ image }: { image: Image }) {
  const { session, filing } = useStore();
  const outcome = filing.outcomeOf(image.id);
  const able = session.capabilities.value;
  const named = (
    concepts: { code: string; display: string }[] | undefined,
    code: string | null | undefined,
  ) => concepts?.find((concept) => concept.code === code)?.display ?? "";
  const site = image.bodySite && ("text" in image.bodySite ? image.bodySite.text : image.bodySite.display);
  const facts: [string, string | null | undefined][] = [
    [words.fields.bodySite, site],
    [words.fields.side, image.laterality?.display],
    [words.fields.view, named(able?.views, image.view)],
    [words.fields.type, named(able?.types, image.type)],
    [words.fields.label, image.label],
    [words.fields.note, image.notes],
    [words.fields.taken, image.takenAt && dayAndTime(image.takenAt)],
    [words.consentBy, named(able?.consent.by, image.consent?.by)],
    [words.usedFor, named(able?.consent.scope, image.consent?.scope)],
    [words.sensitiveName, image.sensitive ? words.yes : ""],
    [words.medtechId, [image.documentReferenceId, image.mediaId].filter(Boolean).join(", ")],
  ];
  return (
    <div class="settled">
      {image.state === "partly" ? (
        <PartlyFiled id={image.id} reason={outcome?.error ?? null} />
      ) : isLookedFor(outcome) ? (
        <p>{locale.filing.lookedFor(outcome?.error?.title ?? "")}</p>
      ) : isWaiting(outcome) ? (
        <Waiting of={outcome} commitId={outcome.commitId} />
      ) : (
        <p>{words.filed[image.state] ?? words.underWay}</p>
      )}
      <dl>
        {facts
          .filter(([, fact]) => fact)
          .map(([name, fact]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{fact}</dd>
            </div>
          ))}
      </dl>
    </div>
  );
}

function PartlyFiled({ id, reason }: { id: string; reason: CommitError | null }) {
  const { filing } = useStore();
  return (
    <section class="save-refused" aria-label={locale.filing.partly}>
      <p class="refused-title">
        <Icon name="cross" />
        {locale.filing.partly}
      </p>
      <p>{reason?.detail ?? words.onePlace}</p>
      <Reference of={reason?.correlationId} />
      <p class="row">
        <button
          type="button"
          class="button small"
          disabled={filing.asking.value}
          onClick={() => filing.retryImages([id])}
        >
          {locale.filing.retryOne}
        </button>
      </p>
    </section>
  );
}
