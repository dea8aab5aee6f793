// The fields of a message to a provider's inbox and of a task with a due date.
import type { Capabilities, Offer } from "../../api/types";
import { DateField } from "../time/DateField";
import { typedDate } from "../time/readDate";
import { ChipGroup } from "../ui/ChipGroup";
import type { FollowUpDrafts, FollowUpKind } from "./drafts";
import { followUpWords as words } from "./locale";
import "./followUps.css";

const DUE_IN = [7, 14, 28];

type Able = Pick<Capabilities, "inbox" | "task" | "recipients">;
type Props = { able: Able | null; followUps: FollowUpDrafts };

export function FollowUpFields({ able, followUps }: Props) {
  if (!able) return null;
  return (
    <section class="follow-up" aria-label={words.title}>
      <Part which="message" offer={able.inbox} able={able} followUps={followUps} />
      <Part which="task" offer={able.task} able={able} followUps={followUps} />
    </section>
  );
}

type PartProps = { which: FollowUpKind; offer: Offer; able: Able; followUps: FollowUpDrafts };

function Part({ which, offer, able, followUps }: PartProps) {
  const draft = followUps.drafts[which].value;
  const part = words[which];
  const reason = !offer.available ? offer.reason : able.recipients.length === 0 ? words.noProviders : "";
  return (
    <fieldset class="follow-part">
      <label class="follow-tick">
        <input
          type="checkbox"
          checked={draft.on}
          disabled={reason !== ""}
          aria-describedby={reason ? `no-${which}` : undefined}
          onChange={(event) => followUps.turn(which, event.currentTarget.checked)}
        />
        {part.tick}
      </label>
      {reason && (
        <p id={`no-${which}`} class="follow-hint">
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
              onChange={(event) => followUps.change(which, { to: event.currentTarget.value })}
            >
              <option value="">{words.choose}</option>
              {able.recipients.map((person) => (
                <option key={person.id} value={person.id}>
                  {person.name || person.id}
                </option>
              ))}
            </select>
          </label>
          {which === "task" && <Due followUps={followUps} />}
          <label class="follow-wide">
            <span>{part.note}</span>
            <textarea
              rows={2}
              autocomplete="off"
              aria-invalid={followUps.tooMuch(which) !== ""}
              value={draft.note}
              aria-label={part.note}
              aria-describedby={`hint-${which}`}
              onInput={(event) => followUps.change(which, { note: event.currentTarget.value })}
            />
            <span id={`hint-${which}`} class="follow-hint">
              {part.hint}
            </span>
          </label>
        </div>
      )}
    </fieldset>
  );
}

function Due({ followUps }: { followUps: FollowUpDrafts }) {
  const { date, problem } = followUps.due.value;
  return (
    <>
      <div class="follow-due">
        <span aria-hidden="true">{words.due}</span>
        <DateField
          label={words.due}
          typed={followUps.drafts.task.value.due}
          onType={(due) => followUps.change("task", { due })}
          problem={problem}
        />
      </div>
      <div class="follow-wide">
        <ChipGroup
          label={words.dueIn}
          choices={DUE_IN.map((days) => ({ value: followUps.inDays(days), label: words.inDays(days) }))}
          value={date}
          onChoose={(due) => followUps.change("task", { due: typedDate(due ?? "") })}
        />
      </div>
    </>
  );
}
