// The message and the task of a filing: how far each is, and what to do where it did not go.
import { Reference } from "../../../shared/ui/Reference";
import { timeAndDay } from "../../../shared/wording";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { isWaiting, Waiting } from "../progress/Waiting";
import type { FollowUp } from "./followUps";

const words = locale.filing;

/** Trying again changes nothing: its image is gone for good. */
const FINAL = "pictures-not-filed";

export function FollowUps() {
  const { filing } = useStore();
  const followUps = filing.followUps.value;
  if (followUps.length === 0) return null;
  return (
    <section class="sent" aria-label={words.followUpsTitle}>
      <ul>
        {followUps.map((one) => (
          <li key={`${one.commitId} ${one.step}`} class={`sent-${one.state}`}>
            <FollowUpRow one={one} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function FollowUpRow({ one }: { one: FollowUp }) {
  const { session, filing } = useStore();
  const people = session.capabilities.value?.recipients ?? [];
  const person = people.find(({ id }) => id === one.recipientId)?.name ?? words.chosenProvider;
  return (
    <>
      <p class="row-title">
        {one.state === "committed" && <Icon name="check" />}
        {one.state === "failed" && <Icon name="cross" />}
        {one.state === "unverified" && <Icon name="question" />}
        {filing.isMoving(one) && <span class="spinner" />}
        {one.state === "queued" && !filing.isMoving(one) && <Icon name="clock" />}
        {words.followUpFor(one.step, person, one.due)}
      </p>
      <Status one={one} />
    </>
  );
}

function Status({ one }: { one: FollowUp }) {
  const { filing } = useStore();
  const asking = filing.asking.value;
  const name = words.followUps[one.step].toLowerCase();
  const waiting: boolean = isWaiting(one);
  if (waiting) return <Waiting of={one} commitId={one.commitId} />;
  if (one.state === "sending") return <p class="row-more">{words.sending}</p>;
  if (one.state === "queued")
    return <p class="row-more">{filing.isMoving(one) ? words.goesAfter : words.waitsForAll}</p>;
  if (one.state === "committed")
    return (
      <p class="row-more">
        {one.committedAt && words.sentAt(timeAndDay(one.committedAt, new Date()))}
        {one.resourceId && (
          <>
            {words.medtechId}
            <code>{one.resourceId}</code>
          </>
        )}
      </p>
    );
  if (one.state === "failed")
    return (
      <>
        <p class="row-reason">{one.error?.detail ?? words.followUpRefused(name)}</p>
        <Reference of={one.error?.correlationId} />
        {one.error?.type !== FINAL && (
          <button type="button" class="button" disabled={asking} onClick={filing.retry}>
            {words.sendFollowUp(name)}
          </button>
        )}
      </>
    );
  return (
    <>
      <p class="row-more">{words.followUpLost(name)}</p>
      <Reference of={one.error?.correlationId} />
      <p class="row row-choices">
        <button
          type="button"
          class="button"
          disabled={asking}
          onClick={() => filing.resolveFollowUp(one, "in-inbox")}
        >
          {words.followUpThere(name)}
        </button>
        <button
          type="button"
          class="button"
          disabled={asking}
          onClick={() => filing.resolveFollowUp(one, "send-again")}
        >
          {words.sendFollowUp(name)}
        </button>
      </p>
    </>
  );
}
