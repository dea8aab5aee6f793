// What became of the message and the task that went with the photos.
import type { CommitStep } from "../../api/types";
import type { FollowUpKind } from "../../shared/followUps/drafts";
import { Icon } from "../Icon";
import type { PhoneFiling } from "./filing";
import { phoneFilingWords as words } from "./locale";

export function FollowUpOutcomes({ filing }: { filing: PhoneFiling }) {
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

function Outcome({ step, which }: { step: CommitStep; which: FollowUpKind }) {
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
