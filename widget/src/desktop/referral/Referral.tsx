// A JPEG for an e-referral: its size is chosen in the review, the copy itself taken from the receipt.

import { useStore } from "../context";
import { locale } from "../locale";
import { SIZES_KB } from "./referrals";

const words = locale.referral;

const sized = (kilobytes: number) => (kilobytes < 1000 ? `${kilobytes} kB` : `${kilobytes / 1000} MB`);

export function CopySize() {
  const { referrals, review } = useStore();
  const ids = review.listed.value.map((image) => image.id);
  return (
    <label class="copy-size">
      <span>{words.upTo}</span>
      <select
        value={String(referrals.kilobytes.value)}
        aria-describedby="copy-hint"
        onChange={(event) => referrals.resize(Number(event.currentTarget.value), ids)}
      >
        {SIZES_KB.map((kilobytes) => (
          <option key={kilobytes} value={String(kilobytes)}>
            {sized(kilobytes)}
          </option>
        ))}
      </select>
      <span id="copy-hint" class="row-more">
        {words.hint}
      </span>
    </label>
  );
}

export function Copies({ id, title }: { id: string; title: string }) {
  const { referrals } = useStore();
  if (!referrals.kept.value.has(id)) return null;
  return (
    <p class="row row-choices">
      {referrals.canCopy && (
        <button
          type="button"
          class="button small"
          aria-label={words.copyOf(title)}
          onClick={() => void referrals.copy(id)}
        >
          {words.copy}
        </button>
      )}
      <button
        type="button"
        class="button small"
        aria-label={words.saveOf(title)}
        onClick={() => referrals.save(id)}
      >
        {words.save}
      </button>
    </p>
  );
}
