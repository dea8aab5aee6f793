// Above the details of photos that Medtech did not take: why, and what can be done about it right here.
import { Reference } from "../../../shared/ui/Reference";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import type { Merged } from "../subjects";

const words = locale.filing;

export function RefusedByMedtech({ merged }: { merged: Merged }) {
  const { filing, images } = useStore();
  const failed = merged.images.filter(({ state }) => state === "failed").map(({ id }) => id);
  const [first] = failed;
  if (!first) return null;
  const error = filing.outcomeOf(first)?.error;
  return (
    <section class="save-refused" aria-label={words.failed}>
      <p class="refused-title">
        <Icon name="cross" />
        {words.failed}
      </p>
      <p>{error?.detail ?? words.failedUnknown}</p>
      <Reference of={error?.correlationId} />
      <p>{words.editHint}</p>
      <p class="row">
        <button
          type="button"
          class="button small"
          disabled={filing.asking.value}
          onClick={() => filing.retryImages(failed)}
        >
          {words.retryOne}
        </button>
        <button type="button" class="button small" data-once onClick={() => images.remove(...failed)}>
          {words.removeOne}
        </button>
      </p>
    </section>
  );
}
