// The last look before filing: whose record, which pictures, where they go, and that it is for good.
import { calendarDate, capitalised, counted, megabytes } from "../wording";
import { useStore } from "./context";
import { Icon } from "./Icon";
import { Thumbnail } from "./Picture";
import { PLACES } from "./places";

export function Review() {
  const { filing, session } = useStore();
  const open = session.session.value;
  const able = session.capabilities.value;
  if (!open || !able) return null;
  const { patient, provider, facility } = open;
  const images = filing.toReview.value;
  const problem = filing.problem.value;
  const asking = filing.asking.value;
  return (
    <>
      <div class="dialog-head">
        <h2 id="filing-title" tabIndex={-1}>
          Review before filing
        </h2>
      </div>
      <div class="dialog-body">
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
        <ul class="review-list" aria-label="Pictures to file">
          {images.map((image) => (
            <li key={image.id}>
              <span class="row-picture">
                <Thumbnail id={image.id} />
              </span>
              <div class="row-words">
                <p class="row-title">{image.title}</p>
                <p class="row-more">
                  {megabytes(image.bytes)}, {image.width} × {image.height}
                  {image.sensitive && ", sensitive"}
                </p>
              </div>
            </li>
          ))}
        </ul>
      </div>
      <div class="dialog-foot">
        {problem ? (
          <p class="foot-problem" role="alert">
            <Icon name="attention" />
            {problem.temporary
              ? `${problem.detail} Press File to record again when it is back: nothing is filed twice.`
              : problem.detail}
          </p>
        ) : (
          <p class="foot-note">
            <Icon name="attention" />
            What is filed can't be undone.
          </p>
        )}
        <button type="button" class="button" onClick={filing.close}>
          Back
        </button>
        <button
          type="button"
          class="button primary"
          aria-describedby="filing-count"
          disabled={asking || images.length === 0}
          onClick={filing.confirm}
        >
          {asking ? <span class="spinner" /> : <Icon name="file" />}
          File to record
        </button>
        <span id="filing-count" class="unseen">
          {counted(images.length, "picture")}
        </span>
      </div>
    </>
  );
}
