// What can go with the photos: a message to a provider's inbox and a task; and what became of both.
import type { CommitStep, Offer } from "../../api/types";
import { Icon } from "../Icon";
import type { Extra, PhoneFiling } from "./filing";
import { phoneFilingWords as words } from "./locale";

const NOTE_LENGTH = 2000;

export function ExtraFields({ filing }: { filing: PhoneFiling }) {
  const able = filing.able.value;
  if (!able) return null;
  return (
    <section class="follow-up" aria-label={words.followUp}>
      <Part which="message" offer={able.inbox} filing={filing} />
      <Part which="task" offer={able.task} filing={filing} />
    </section>
  );
}

function Part({ which, offer, filing }: { which: Extra; offer: Offer; filing: PhoneFiling }) {
  const draft = filing.drafts[which].value;
  const people = filing.able.value?.recipients ?? [];
  const reason = !offer.available ? offer.reason : people.length === 0 ? words.noProviders : "";
  const part = words[which];
  return (
    <fieldset class="follow-part">
      <label class="follow-tick">
        <input
          type="checkbox"
          checked={draft.on}
          disabled={reason !== ""}
          onChange={(event) => filing.change(which, { on: event.currentTarget.checked })}
        />
        {part.tick}
      </label>
      {reason && <p class="quiet-words">{reason}</p>}
      {draft.on && (
        <>
          <label>
            <span>{part.to}</span>
            <select
              value={draft.to}
              required
              onChange={(event) => filing.change(which, { to: event.currentTarget.value })}
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
            <label>
              <span>{words.due}</span>
              <input
                type="date"
                value={draft.due}
                onChange={(event) => filing.change(which, { due: event.currentTarget.value })}
              />
            </label>
          )}
          <label>
            <span>{part.note}</span>
            <textarea
              rows={2}
              maxLength={NOTE_LENGTH}
              value={draft.note}
              onInput={(event) => filing.change(which, { note: event.currentTarget.value })}
            />
          </label>
        </>
      )}
    </fieldset>
  );
}

export function ExtraOutcomes({ filing }: { filing: PhoneFiling }) {
  return (
    <>
      {[...filing.commits.value.values()].map(({ id, inbox, task }) => (
        <div key={id} role="status">
          {inbox && <Outcome step={inbox} which="message" />}
          {task && <Outcome step={task} which="task" />}
        </div>
      ))}
    </>
  );
}

function Outcome({ step, which }: { step: CommitStep; which: Extra }) {
  const part = words[which];
  const failed = step.state === "failed" || step.state === "unverified";
  const said =
    step.state === "committed"
      ? part.sent
      : step.state === "failed"
        ? part.failed
        : step.state === "unverified"
          ? part.unsure
          : part.moving;
  return (
    <p class={failed ? "filing-error" : ""}>
      <Icon name={step.state === "committed" ? "check" : failed ? "attention" : "send"} /> {said}
      {step.error && `: ${step.error.detail}`}
    </p>
  );
}
