// The chips on the main screen: with unsent photos there, they describe those; otherwise the next one.
import { useState } from "preact/hooks";
import { placeWords } from "../capture/coach/hints";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { useShort } from "../screens/room";
import type { BodyPlace } from "../types";
import { BodySitePicker } from "./BodySitePicker";
import { agree, commonPlace, contradicts } from "./place";

const words = locale.bodySite;

export function UnsentPlace() {
  const { pending } = usePhone();
  const short = useShort();
  const [wide, setWide] = useState(false);
  const [asked, setAsked] = useState<Partial<BodyPlace> | null>(null);
  const unsent = pending.unsent.value;
  if (short && !wide) return <PlaceButton onClick={() => setWide(true)} />;
  if (unsent.length === 0)
    return (
      <BodySitePicker whose={words.next} subject="" place={pending.place.value} onChange={pending.setPlace} />
    );

  const place = commonPlace(unsent.map((image) => image.place));
  const keys = unsent.map(({ key }) => key);
  const others = asked ? unsent.filter((image) => contradicts(image.place, asked)) : [];
  const isMixed = unsent.some((image) => contradicts(image.place, place));
  function choose(news: Partial<BodyPlace>) {
    // All the same so far, or nothing said yet: what was pressed can mean only one thing.
    if (unsent.every((image) => agree(image.place, place, news))) void pending.describe(keys, news);
    else setAsked(news);
  }
  function answer(chosen: readonly string[]) {
    if (asked) void pending.describe(chosen, asked);
    setAsked(null);
  }
  if (asked && others.length > 0) {
    const without = keys.filter((key) => !others.some((image) => image.key === key));
    return (
      <Question
        others={others.length}
        all={keys}
        without={without}
        onAnswer={answer}
        onCancel={() => setAsked(null)}
      />
    );
  }
  return (
    <BodySitePicker
      whose={keys.length === 1 ? words.this : words.these(keys.length)}
      subject={keys.join(" ")}
      place={place}
      onChange={choose}
      {...(isMixed && { remark: words.mixed })}
    />
  );
}

/** On a short screen: what the chips would show, and they behind one press. */
function PlaceButton({ onClick }: { onClick: () => void }) {
  const { pending } = usePhone();
  const unsent = pending.unsent.value;
  const whose =
    unsent.length === 0 ? words.next : unsent.length === 1 ? words.this : words.these(unsent.length);
  const place = unsent.length === 0 ? pending.place.value : commonPlace(unsent.map((image) => image.place));
  return (
    <button type="button" class="place-button" aria-expanded={false} onClick={onClick}>
      <Icon name="site" />
      <span>{words.about(whose, placeWords(place) || words.noSite)}</span>
    </button>
  );
}

type QuestionProps = {
  others: number;
  all: string[];
  without: string[];
  onAnswer: (keys: readonly string[]) => void;
  onCancel: () => void;
};

/** Some of them are somewhere else already; nothing is changed until somebody says which are meant. */
function Question({ others, all, without, onAnswer, onCancel }: QuestionProps) {
  return (
    <section class="site-picker site-question" role="alertdialog" aria-label={words.where}>
      <p>{words.already(others, all.length)}</p>
      <div class="row">
        <button type="button" class="button" onClick={() => onAnswer(all)}>
          {words.changeAll(all.length)}
        </button>
        {without.length > 0 && (
          <button type="button" class="button" onClick={() => onAnswer(without)}>
            {words.onlyWithout(without.length)}
          </button>
        )}
        <button type="button" class="button" onClick={() => onAnswer([])}>
          {words.onlyNext}
        </button>
        <button type="button" class="button quiet" onClick={onCancel}>
          {words.cancel}
        </button>
      </div>
    </section>
  );
}
