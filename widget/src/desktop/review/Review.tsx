// The last look before filing: whose record, which images, where they go, and that it is for good.
import { FollowUpFields } from "../../shared/followUps/FollowUpFields";
import { Reference } from "../../shared/ui/Reference";
import { useStore } from "../context";
import { incompleteSets } from "../details/lesion/lesionSet";
import { placeName } from "../details/site/RecentSites";
import { HostDrift } from "../host/HostDrift";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { RecordCheckNote } from "../session/RecordCheckNote";
import { reviewWords } from "./locale";
import { ReviewRow } from "./ReviewRow";

const words = reviewWords;

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
          {words.title}
        </h2>
      </div>
      <div class="dialog-body">
        {review.refused.value.map(({ target, reason }) => (
          <p key={target} class="review-refused" role="alert">
            <Icon name="attention" />
            <span>{words.refused(locale.filing.places[target], reason)}</span>
          </p>
        ))}
        <div class="review-facts">
          <div class="review-who" style={{ "--session": open.colour }}>
            <p class="sub-label">{words.into}</p>
            <p class="review-name">
              <bdi>{patient.name}</bdi>
            </p>
            <p>{locale.session.patient(patient)}</p>
          </div>
          <div class="review-where">
            <p class="sub-label">{words.goesTo}</p>
            <p class="review-name">{locale.filing.places[able.commitTarget]}</p>
            <p>
              <bdi>{provider.name}</bdi>, <bdi>{facility.name}</bdi>
            </p>
          </div>
        </div>
        <HostDrift kind="review-refused" />
        <RecordCheckNote />
        <Incomplete />
        <ul class="review-list" aria-label={words.list}>
          {review.listed.value.map((image) => (
            <ReviewRow key={image.id} image={image} />
          ))}
        </ul>
        <FollowUpFields able={able} followUps={review.followUps} />
      </div>
      <Foot />
    </>
  );
}

/** What a set of a lesion lacks, said once. */
function Incomplete() {
  const { images, details, review } = useStore();
  const among = new Set(review.listed.value.map(({ id }) => id));
  const sets = incompleteSets(images.all.value.map(details.described)).filter(({ first }) =>
    among.has(first.id),
  );
  if (sets.length === 0) return null;
  return (
    <p class="review-incomplete">
      {sets.map(({ first, missing }) => words.incomplete(placeName(first), missing)).join(" ")}
    </p>
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
            {problem.temporary ? words.again(problem.detail) : problem.detail}
            <Reference of={problem.reference} />
          </span>
        </p>
      ) : (
        <p class="foot-note" id="filing-note" role="status">
          <Icon name="attention" />
          {hurdle || words.final}
        </p>
      )}
      <p id="filing-count" class="foot-count">
        {words.count(count)}
      </p>
      <button type="button" class="button" onClick={filing.close}>
        {words.back}
      </button>
      <button
        type="button"
        class="button primary"
        aria-describedby="filing-count filing-note"
        aria-keyshortcuts="Control+Enter"
        title={words.fileKey}
        aria-disabled={asking || hurdle !== ""}
        onClick={filing.confirm}
      >
        {asking ? <span class="spinner" /> : <Icon name="file" />}
        {words.file}
      </button>
    </div>
  );
}
