// Review, file, and what became of each photo: on the phone, where the clinician signed in.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CommitImage, Image } from "../../api/types";
import { FollowUpFields } from "../../shared/followUps/FollowUpFields";
import { targetsToCheck } from "../../shared/images/targetsToCheck";
import { Reference } from "../../shared/ui/Reference";
import { megabytes, timeAndDay } from "../../shared/wording";
import { usePhone } from "../context";
import { Icon } from "../Icon";
import { FollowUpOutcomes } from "./FollowUpOutcomes";
import { createPhoneFiling, type PhoneFiling } from "./filing";
import { phoneFilingWords as words } from "./locale";
import { PhotoDetails } from "./PhotoDetails";
import "./filing.css";

export function FilingScreen() {
  const { filingParts } = usePhone();
  const filing = useMemo(() => createPhoneFiling(filingParts), []);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    heading.current?.focus();
    void filing.start();
    return filing.stop;
  }, []);
  const open = filing.open.value;
  const handedOver = filing.handedOver.value;
  return (
    <>
      <main class="filing">
        <h2 tabIndex={-1} ref={heading}>
          {open.length > 0 ? words.review : words.progress}
        </h2>
        <ul class="filing-rows">
          {[...handedOver, ...open].map((image) => (
            <Row key={image.id} image={image} filing={filing} />
          ))}
          {filing.originals.value.map((image) => (
            <Original key={image.id} image={image} />
          ))}
        </ul>
        {filing.ready.value.length > 0 && (
          <FollowUpFields able={filing.able.value} followUps={filing.followUps} />
        )}
        <FollowUpOutcomes filing={filing} />
      </main>
      <Foot filing={filing} />
    </>
  );
}

function Foot({ filing }: { filing: PhoneFiling }) {
  const { screens, link } = usePhone();
  const filed = filing.open.value.length === 0 && filing.handedOver.value.length > 0;
  return (
    <footer class="dock">
      <Where filing={filing} />
      {filing.problem.value && (
        <p class="words words-bad" role="alert">
          {filing.problem.value.temporary
            ? words.again(filing.problem.value.detail)
            : filing.problem.value.detail}
          <Reference of={filing.problem.value.reference} />
        </p>
      )}
      <div class="actions">
        <Actions filing={filing} />
        <div class="ways">
          <button type="button" class="button way" onClick={screens.closeAll}>
            <Icon name="back" /> {words.back}
          </button>
          {filed && link.own.value && (
            <a class="button way" href="/sign-in/patient">
              {words.nextPatient}
            </a>
          )}
        </div>
      </div>
    </footer>
  );
}

/** Where it goes and under whose name, before it is pressed. */
function Where({ filing }: { filing: PhoneFiling }) {
  const as = filing.as.value;
  const needs = filing.needs.value;
  if (!as || filing.ready.value.length === 0) return null;
  return (
    <p class="filing-where" id="filing-where" role="status">
      {needs || words.where(as.practice, as.provider)}
    </p>
  );
}

function Actions({ filing }: { filing: PhoneFiling }) {
  const ready = filing.ready.value.length;
  const busy = filing.asking.value;
  if (ready > 0)
    return (
      <button
        type="button"
        class="button primary huge"
        disabled={busy || filing.needs.value !== ""}
        aria-describedby="filing-where"
        onClick={filing.file}
      >
        <Icon name="check" /> {words.file(ready)}
      </button>
    );
  if (filing.failed.value.length > 0)
    return (
      <button type="button" class="button primary huge" disabled={busy} onClick={filing.retry}>
        <Icon name="again" /> {words.retry}
      </button>
    );
  return null;
}

/** When it was filed, what to look for in Evolution, and Medtech's ids. */
function Receipt({ of }: { of: CommitImage }) {
  const ids = [of.documentReferenceId, of.mediaId];
  const inboxes = [words.inbox.scan, words.inbox.media].filter((_, at) => ids[at]);
  if (!of.committedAt || inboxes.length === 0) return null;
  return (
    <p class="quiet-words">
      {words.filedAt(timeAndDay(of.committedAt, new Date()), inboxes)} {words.medtechId}{" "}
      <span class="filing-id">{ids.filter(Boolean).join(", ")}</span>
    </p>
  );
}

function Original({ image }: { image: Image }) {
  const { sentImages } = usePhone();
  return (
    <li class="filing-row">
      <img src={sentImages.thumbAddress(image.id)} alt="" />
      <div class="filing-words">
        <p class="filing-title">{image.title || words.untitled}</p>
        <p>{words.original}</p>
      </div>
    </li>
  );
}

function Row({ image, filing }: { image: Image; filing: PhoneFiling }) {
  const { sentImages, screens } = usePhone();
  const [wide, setWide] = useState(false);
  const state = filing.stateOf(image);
  const outcome = filing.outcomes.value.get(image.id);
  const title = outcome?.title || image.title || words.untitled;
  return (
    <li class={`filing-row filing-${state}`}>
      {state === "committed" ? (
        <span class="filing-done">
          <Icon name="check" />
        </span>
      ) : (
        <img src={sentImages.thumbAddress(image.id)} alt="" />
      )}
      <div class="filing-words">
        <p class="filing-title">{title}</p>
        {image.incomplete && <p class="filing-error">{words.incomplete}</p>}
        {state === "staged" && !image.bodySite ? (
          <button type="button" class="button" onClick={() => screens.look(image.id)}>
            {words.needsSite}
          </button>
        ) : (
          <p role="status">{words.states[state]}</p>
        )}
        {state === "staged" && <Sizes image={image} filing={filing} />}
        {state === "committed" && outcome && <Receipt of={outcome} />}
        {outcome?.error && <p class="filing-error">{outcome.error.detail}</p>}
        {state === "staged" && (
          <button
            type="button"
            class="button way"
            aria-expanded={wide}
            aria-label={words.detailsOf(title)}
            onClick={() => setWide(!wide)}
          >
            {words.details}
          </button>
        )}
        {state === "unverified" &&
          targetsToCheck(outcome).map((target) => (
            <p class="row" key={target ?? ""}>
              <button
                type="button"
                class="button"
                onClick={() => filing.resolve(image.id, "in-inbox", target)}
              >
                {words.inInbox(target && words.inbox[target])}
              </button>
              <button
                type="button"
                class="button"
                onClick={() => filing.resolve(image.id, "send-again", target)}
              >
                {words.sendAgain(target && words.inbox[target])}
              </button>
            </p>
          ))}
      </div>
      {state === "staged" && wide && <PhotoDetails image={image} filing={filing} />}
    </li>
  );
}

function Sizes({ image, filing }: { image: Image; filing: PhoneFiling }) {
  const files = filing.fits.value.get(image.id);
  if (!files)
    return (
      <p class="quiet-words">
        <span class="spinner" /> {words.sizing}
      </p>
    );
  return (
    <>
      {files.map(({ target, bytes, limit, done }) => (
        <p class="quiet-words" key={target}>
          {words.size(words.inbox[target], megabytes(bytes), megabytes(limit), done)}
        </p>
      ))}
    </>
  );
}
