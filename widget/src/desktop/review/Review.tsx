// The last look before filing: whose record, which images, where they go, and that it is for good.
import { Reference } from "../../shared/ui/Reference";
import { calendarDate, capitalised, counted } from "../../shared/wording";
import { useStore } from "../context";
import { PLACES } from "../filing/places";
import { Icon } from "../Icon";
import { CopySize } from "../referral/Referral";
import { FollowUpFields } from "./FollowUpFields";
import { ReviewRow } from "./ReviewRow";

export function Review() {
  const { review, session } = useStore();
  const open = session.session.value;
  const able = session.capabilities.value;
  if (!open || !able) return null;
  const { patient, provider, facility } = open;
  return (
    <>
      <div class="dialog-head">
        <h2 id="filing-title" tabIndex={-1}>
          Review before filing
        </h2>
      </div>
      <div class="dialog-body">
        {review.refused.value.map(({ target, reason }) => (
          <p key={target} class="review-refused" role="alert">
            <Icon name="attention" />
            <span>
              Filing to {PLACES[target]} will probably be refused. {reason} Tell whoever looks after this
              installation.
            </span>
          </p>
        ))}
        <div class="review-facts">
          <div class="review-who" style={{ "--session": open.colour }}>
            <p class="sub-label">Into the record of</p>
            <p class="review-name">{patient.name}</p>
            <p>
              NHI {patient.nhi} · born {calendarDate(patient.birthDate)} · {capitalised(patient.sex)}
            </p>
          </div>
          <div class="review-where">
            <p class="sub-label">Goes to</p>
            <p class="review-name">{PLACES[able.commitTarget]}</p>
            <p>
              {provider.name}, {facility.name}
            </p>
          </div>
        </div>
        <ul class="review-list" aria-label="Photos to file">
          {review.listed.value.map((image) => (
            <ReviewRow key={image.id} image={image} />
          ))}
        </ul>
        <FollowUpFields />
        <CopySize />
      </div>
      <Foot />
    </>
  );
}

function Foot() {
  const { filing, review } = useStore();
  const problem = filing.problem.value;
  const asking = filing.asking.value;
  const hurdle = review.hurdle.value;
  const count = review.chosen.value.length;
  return (
    <div class="dialog-foot">
      {problem ? (
        <p class="foot-problem" role="alert">
          <Icon name="attention" />
          <span>
            {problem.temporary
              ? `${problem.detail} Press File to record again when it is back: nothing is filed twice.`
              : problem.detail}
            <Reference of={problem.reference} />
          </span>
        </p>
      ) : (
        <p class="foot-note" id="filing-note" role="status">
          <Icon name="attention" />
          {hurdle || "What is filed can't be undone."}
        </p>
      )}
      <button type="button" class="button" onClick={filing.close}>
        Back
      </button>
      <button
        type="button"
        class="button primary"
        aria-describedby="filing-count filing-note"
        aria-disabled={asking || hurdle !== ""}
        onClick={filing.confirm}
      >
        {asking ? <span class="spinner" /> : <Icon name="file" />}
        File to record
      </button>
      <span id="filing-count" class="unseen">
        {counted(count, "photo")}
      </span>
    </div>
  );
}
