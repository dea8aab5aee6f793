// The message and the task of a filing: how far each is, and what to do where it did not go.
import { Reference } from "../../shared/ui/Reference";
import { calendarDate, clockTime } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import type { FollowUp } from "./followUps";

const NAMES = { inbox: "Message", task: "Task" } as const;
/** Trying again changes nothing: its image is gone for good. */
const FINAL = "pictures-not-filed";

export function FollowUps() {
  const { filing } = useStore();
  const followUps = filing.followUps.value;
  if (followUps.length === 0) return null;
  return (
    <section class="sent" aria-label="Message and task">
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
  const person = people.find(({ id }) => id === one.recipientId)?.name ?? "the provider chosen";
  return (
    <>
      <p class="row-title">
        {one.state === "committed" && <Icon name="check" />}
        {one.state === "failed" && <Icon name="cross" />}
        {one.state === "unverified" && <Icon name="question" />}
        {filing.isMoving(one) && <span class="spinner" />}
        {one.state === "queued" && !filing.isMoving(one) && <Icon name="clock" />}
        {NAMES[one.step]} for {person}
        {one.due && `, due ${calendarDate(one.due)}`}
      </p>
      <Status one={one} />
    </>
  );
}

function Status({ one }: { one: FollowUp }) {
  const { filing } = useStore();
  const asking = filing.asking.value;
  const name = NAMES[one.step].toLowerCase();
  if (one.state === "sending") return <p class="row-more">Sending to Medtech</p>;
  if (one.state === "queued")
    return (
      <p class="row-more">
        {filing.isMoving(one) ? "Goes once the photos are in the record" : "Waits until every photo is filed"}
      </p>
    );
  if (one.state === "committed")
    return (
      <p class="row-more">
        {one.committedAt && <>Sent at {clockTime(one.committedAt)}. </>}
        {one.resourceId && (
          <>
            Medtech id <code>{one.resourceId}</code>
          </>
        )}
      </p>
    );
  if (one.state === "failed")
    return (
      <>
        <p class="row-reason">{one.error?.detail ?? `Medtech did not take the ${name}.`}</p>
        <Reference of={one.error?.correlationId} />
        {one.error?.type !== FINAL && (
          <button type="button" class="button" disabled={asking} onClick={filing.retry}>
            Send the {name} again
          </button>
        )}
      </>
    );
  return (
    <>
      <p class="row-more">
        Medtech's answer got lost. Preferences in Evolution whether the {name} is there, then say what you
        see.
      </p>
      <Reference of={one.error?.correlationId} />
      <p class="row row-choices">
        <button
          type="button"
          class="button"
          disabled={asking}
          onClick={() => filing.resolveFollowUp(one, "in-inbox")}
        >
          The {name} is there
        </button>
        <button
          type="button"
          class="button"
          disabled={asking}
          onClick={() => filing.resolveFollowUp(one, "send-again")}
        >
          Send the {name} again
        </button>
      </p>
    </>
  );
}
