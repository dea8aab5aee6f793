// What can go with the images: a message to a provider's inbox, and a task with a due date.
import type { Offer } from "../../api/types";
import { useStore } from "../context";

const NOTE_MOST = 2000;
const KINDS = {
  message: {
    tick: "Send a message to a provider's inbox",
    to: "To",
    toWhom: "Message to",
    note: "Message",
    hint: "The lines of the photos are added by themselves.",
  },
  task: {
    tick: "Create a task",
    to: "For",
    toWhom: "Task for",
    note: "What to do",
    hint: "The lines of the photos are added by themselves.",
  },
} as const;

export function FollowUpFields() {
  const { session } = useStore();
  const able = session.capabilities.value;
  if (!able) return null;
  return (
    <section class="follow-up" aria-label="Message and task">
      <Part which="message" offer={able.inbox} />
      <Part which="task" offer={able.task} />
    </section>
  );
}

function Part({ which, offer }: { which: "message" | "task"; offer: Offer }) {
  const { review, session } = useStore();
  const draft = review[which].value;
  const people = session.capabilities.value?.recipients ?? [];
  const words = KINDS[which];
  const reason = !offer.available
    ? offer.reason
    : people.length === 0
      ? "Medtech's list of providers can't be read at the moment. Go back and open the review again."
      : "";
  return (
    <fieldset class="follow-part">
      <label class="follow-tick">
        <input
          type="checkbox"
          checked={draft.on}
          disabled={reason !== ""}
          aria-describedby={reason ? `no-${which}` : undefined}
          onChange={(event) => review.change(which, { on: event.currentTarget.checked })}
        />
        {words.tick}
      </label>
      {reason && (
        <p id={`no-${which}`} class="row-more">
          {reason}
        </p>
      )}
      {draft.on && (
        <div class="follow-fields">
          <label class={which === "message" ? "follow-wide" : ""}>
            <span>{words.to}</span>
            <select
              aria-label={words.toWhom}
              value={draft.to}
              required
              onChange={(event) => review.change(which, { to: event.currentTarget.value })}
            >
              <option value="">Choose a provider</option>
              {people.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name || person.id}
                </option>
              ))}
            </select>
          </label>
          {which === "task" && (
            <label>
              <span>Due</span>
              <input
                type="date"
                value={draft.due}
                onChange={(event) => review.change(which, { due: event.currentTarget.value })}
              />
            </label>
          )}
          <label class="follow-wide">
            <span>{words.note}</span>
            <textarea
              rows={2}
              maxLength={NOTE_MOST}
              value={draft.note}
              aria-label={words.note}
              aria-describedby={`hint-${which}`}
              onInput={(event) => review.change(which, { note: event.currentTarget.value })}
            />
            <span id={`hint-${which}`} class="row-more">
              {words.hint}
            </span>
          </label>
        </div>
      )}
    </fieldset>
  );
}
