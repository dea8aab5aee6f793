// Why something is still on its way after a failed try: the reason, the next try, until when, and a way to try at once.
import type { CommitImage, CommitStep } from "../../../api/types";
import { timeAndDay } from "../../../shared/wording";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";

const words = locale.filing.waiting;

type Waits = Pick<CommitImage | CommitStep, "state" | "attempts" | "nextAttemptAt" | "givesUpAt" | "error">;

/** Whether it may have been filed after the backup that the installation was restored from. */
export const isRestored = (one: Pick<Waits, "error"> | null | undefined) =>
  one?.error?.type === "restored-from-backup";

/** Whether it is only looked for, so far: nobody knows yet whether it will be sent. */
export const isLookedFor = (one: Pick<Waits, "error" | "state"> | null | undefined): boolean =>
  isRestored(one) && one?.state === "queued";

/** Between two tries and during one it is the same to a person; so it is where the practice isn't tried at all. */
export const isWaiting = (one: Waits | null | undefined): one is Waits =>
  one?.error != null && !isLookedFor(one) && (one.state === "queued" || one.state === "sending");

export function Waiting({ of, commitId }: { of: Waits; commitId: string }) {
  const { filing } = useStore();
  return (
    <div class="waiting" role="status">
      <p>
        <Icon name="clock" />
        <span>
          <b>{of.error?.title ?? words.unknown}.</b> <NextTry of={of} />
          {of.givesUpAt && ` ${words.until(timeAndDay(of.givesUpAt, new Date()))}`}
        </span>
      </p>
      <button
        type="button"
        class="button small"
        disabled={filing.asking.value}
        onClick={() => filing.tryNow(commitId)}
      >
        {words.tryNow}
      </button>
    </div>
  );
}

/** Counts down; a screen reader isn't told each second. */
function NextTry({ of }: { of: Waits }) {
  const { filing } = useStore();
  const left = of.nextAttemptAt ? Math.ceil((Date.parse(of.nextAttemptAt) - filing.now.value) / 1000) : 0;
  const attempt = of.state === "sending" ? of.attempts : of.attempts + 1;
  return <span aria-live="off">{left > 0 ? words.next(left, attempt) : words.now(attempt)}</span>;
}
