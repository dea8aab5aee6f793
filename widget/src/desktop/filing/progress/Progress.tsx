// Images on their way into the record, then the receipt; what went wrong comes first, with what to do.

import type { TargetToCheck } from "../../../api/types";
import { inProgress } from "../../../shared/images/inProgress";
import { targetsToCheck } from "../../../shared/images/targetsToCheck";
import { Reference } from "../../../shared/ui/Reference";
import { useStore } from "../../context";
import { Icon } from "../../Icon";
import { locale } from "../../locale";
import { ReferralPacks } from "../../referral/Referral";
import type { Filed } from "../filing";
import { FollowUps } from "../followUps/FollowUps";
import { FiledRow, Row } from "./FiledRow";
import { headline } from "./headline";
import { isLookedFor, isRestored, isWaiting, Waiting } from "./Waiting";

const words = locale.filing;

export function Progress() {
  const { filing, session } = useStore();
  const patient = session.session.value?.patient;
  const rows = filing.rows.value;
  const of = (state: string) => rows.filter((row) => row.image.state === state);
  const moving = rows.filter((row) => inProgress(row.image));
  const looking = moving.length > 0 && moving.every(({ outcome }) => isLookedFor(outcome));
  const [filed, asks] = [of("committed"), of("unverified")];
  const [failed, partly] = [of("failed"), of("partly")];
  const counts = {
    all: rows.length,
    moving: moving.length,
    failed: failed.length,
    partly: partly.length,
    asks: asks.length,
  };
  return (
    <>
      <div class="dialog-head">
        <div>
          <h2 id="filing-title" tabIndex={-1} aria-live="polite">
            {looking ? words.looking(moving.length) : headline(counts, filing.followUps.value)}
          </h2>
          <p>{words.patient(patient?.name, patient?.nhi)}</p>
        </div>
        {filed.length === rows.length &&
          filing.followUps.value.every(({ state }) => state === "committed") && (
            <span class="icon-filed">
              <Icon name="check" />
            </span>
          )}
      </div>
      <div class="dialog-body">
        {asks.length > 0 && <Asks rows={asks} />}
        {failed.length + partly.length > 0 && <Failed failed={failed} partly={partly} />}
        {moving.length > 0 && (
          <ul class="review-list" aria-label={words.beingFiled}>
            {moving.map((row) => (
              <Row key={row.image.id} row={row}>
                {isWaiting(row.outcome) ? (
                  <Waiting of={row.outcome} commitId={row.outcome.commitId} />
                ) : (
                  <p class="row-more row-moving">
                    <span class="spinner" />
                    {isLookedFor(row.outcome) ? words.lookedFor(row.error?.title ?? "") : movingWord(row)}
                  </p>
                )}
              </Row>
            ))}
          </ul>
        )}
        <FollowUps />
        {filed.length > 0 && <Receipt rows={filed} alone={filed.length === rows.length} />}
      </div>
      <div class="dialog-foot">
        <p class="foot-note">{moving.length > 0 && (looking ? words.lookingHint : words.closeHint)}</p>
        <button type="button" class="button" onClick={filing.close}>
          {moving.length > 0 ? words.close : words.done}
        </button>
      </div>
    </>
  );
}

const movingWord = ({ image }: Filed) => (image.state === "sending" ? words.sending : words.queued);

/** The images of each commit. */
function filedOf(rows: readonly Filed[]): ReadonlyMap<string, readonly string[]> {
  const filed = new Map<string, string[]>();
  for (const { image, outcome } of rows)
    if (outcome) filed.set(outcome.commitId, [...(filed.get(outcome.commitId) ?? []), image.id]);
  return filed;
}

function Receipt({ rows, alone }: { rows: Filed[]; alone: boolean }) {
  return (
    <section class="outcome outcome-filed" aria-label={words.receipt}>
      {!alone && (
        <h3>
          <Icon name="check" /> {words.filed}{" "}
        </h3>
      )}
      <ul class="review-list">
        {rows.map((row) => (
          <FiledRow key={row.image.id} row={row} />
        ))}
      </ul>
      <ReferralPacks filed={filedOf(rows)} />
    </section>
  );
}

/** One retry sends what is missing of both. */
function Failed({ failed, partly }: { failed: Filed[]; partly: Filed[] }) {
  const { filing } = useStore();
  return (
    <section class="outcome outcome-failed" aria-label={failed.length > 0 ? words.failed : words.partly}>
      <FailedRows title={words.failed} rows={failed} />
      <FailedRows title={words.partly} rows={partly} />
      <Trouble />
      <button type="button" class="button primary" disabled={filing.asking.value} onClick={filing.retry}>
        {words.retry}
      </button>
    </section>
  );
}

const FailedRows = ({ title, rows }: { title: string; rows: Filed[] }) =>
  rows.length > 0 && (
    <>
      <h3>
        <Icon name="cross" /> {title}{" "}
      </h3>
      <ul class="review-list">
        {rows.map((row) => (
          <Row key={row.image.id} row={row}>
            <p class="row-reason">{row.error?.detail ?? words.failedUnknown}</p>
            <Reference of={row.error?.correlationId} />
          </Row>
        ))}
      </ul>
    </>
  );

/** Here more is wrong than an answer that was lost. */
const OTHER_PATIENT = "alex-other-patient";

function Asks({ rows }: { rows: Filed[] }) {
  const restored = rows.filter(isRestored);
  const lost = rows.length - restored.length;
  const [title] = restored.map((row) => row.error?.title ?? "");
  return (
    <section class="outcome outcome-asks" aria-labelledby="asks-title">
      <h3 id="asks-title">
        <Icon name="question" /> {words.unverified}{" "}
      </h3>
      {lost > 0 && <p>{words.unverifiedWhy(lost)}</p>}
      {title && (
        <p>
          <b>{title}.</b> {words.restoredWhy(restored.length)}
        </p>
      )}
      <ul class="review-list">
        {rows.map(({ image, ...row }) => (
          <Row key={image.id} row={{ image, ...row }}>
            {row.error?.type === OTHER_PATIENT && <p class="row-reason">{row.error.detail}</p>}
            {isRestored(row) ? (
              lost > 0 && <p class="row-more">{words.fromBackup}</p>
            ) : (
              <Reference of={row.error?.correlationId} />
            )}
            {targetsToCheck(row.outcome).map((target) => (
              <Choices key={target ?? ""} row={{ image, ...row }} target={target} />
            ))}
          </Row>
        ))}
      </ul>
      <Trouble />
    </section>
  );
}

function Choices({ row, target }: { row: Filed; target: TargetToCheck }) {
  const { filing } = useStore();
  const asking = filing.asking.value;
  const { id, bodySite } = row.image;
  const place = target && words.places[target];
  return (
    <p class="row row-choices">
      <button
        type="button"
        class="button"
        disabled={asking}
        onClick={() => filing.resolve(id, "in-inbox", target)}
      >
        {words.inInbox(place)}
      </button>
      <button
        type="button"
        class="button"
        disabled={asking}
        onClick={() => filing.resolve(id, "send-again", target)}
      >
        {isRestored(row) ? words.notThere(bodySite !== null) : words.sendAgain(place)}
      </button>
    </p>
  );
}

function Trouble() {
  const problem = useStore().filing.problem.value;
  return problem ? (
    <p class="field-problem" role="alert">
      {problem.detail}
      <Reference of={problem.reference} />
    </p>
  ) : null;
}
