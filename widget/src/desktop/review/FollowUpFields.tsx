// What can go with the images: a message to a provider's inbox, and a task with a due date.
import type { Offer } from "../../api/types";
import { practiceDay } from "../../shared/time/practiceTime";
import { ChipGroup } from "../../shared/ui/ChipGroup";
import { useStore } from "../context";
import { reviewWords } from "./locale";

const words = reviewWords;
const NOTE_MOST = 2000;
const DUE_IN = [7, 14, 28];

const inDays = (days: number) => practiceDay(new Date(Date.now() + days * 86_400_000));

export function FollowUpFields() {
  const { session } = useStore();
  const able = session.capabilities.value;
  if (!able) return null;
  return (
    <section class="follow-up" aria-label={words.followUp}>
      <Part which="message" offer={able.inbox} />
      <Part which="task" offer={able.task} />
    </section>
  );
}

function Part({ which, offer }: { which: "message" | "task"; offer: Offer }) {
  const { review, session } = useStore();
  const draft = review[which].value;
  const people = session.capabilities.value?.recipients ?? [];
  const part = words[which];
  const reason = !offer.available ? offer.reason : people.length === 0 ? words.noProviders : "";
  return (
    <fieldset class="follow-part">
      <label class="follow-tick">
        <input
          type="checkbox"
          checked={draft.on}
          disabled={reason !== ""}
          aria-describedby={reason ? `no-${which}` : undefined}
          onChange={(event) => review.turn(which, event.currentTarget.checked)}
        />
        {part.tick}
      </label>
      {reason && (
        <p id={`no-${which}`} class="row-more">
          {reason}
        </p>
      )}
      {draft.on && (
        <div class="follow-fields">
          <label class={which === "message" ? "follow-wide" : ""}>
            <span>{part.to}</span>
            <select
              aria-label={part.toWhom}
              value={draft.to}
              required
              onChange={(event) => review.change(which, { to: event.currentTarget.value })}
            >
              <option value="">{words.choose}</option>
              {people.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name || person.id}
                </option>
              ))}
            </select>
          </label>
          {which === "task" && (
            <>
              <label>
                <span>{words.due}</span>
                <input
                  type="date"
                  autocomplete="off"
                  value={draft.due}
                  onChange={(event) => review.change(which, { due: event.currentTarget.value })}
                />
              </label>
              <div class="follow-wide">
                <ChipGroup
                  label={words.dueIn}
                  choices={DUE_IN.map((days) => ({ value: inDays(days), label: words.inDays(days) }))}
                  value={draft.due}
                  onChoose={(due) => review.change(which, { due: due ?? "" })}
                />
              </div>
            </>
          )}
          <label class="follow-wide">
            <span>{part.note}</span>
            <textarea
              rows={2}
              autocomplete="off"
              maxLength={NOTE_MOST}
              value={draft.note}
              aria-label={part.note}
              aria-describedby={`hint-${which}`}
              onInput={(event) => review.change(which, { note: event.currentTarget.value })}
            />
            <span id={`hint-${which}`} class="row-more">
              {part.hint}
            </span>
          </label>
        </div>
      )}
    </fieldset>
  );
}
