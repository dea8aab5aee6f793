// The foot of the page: how far the images are, and the one button that matters.

import { useRef } from "preact/hooks";
import { inProgress } from "../../shared/images/inProgress";
import { onceDrawn } from "../../shared/ui/drawing";
import { useStore } from "../context";
import { focusDetails } from "../dialogs/focus";
import { Icon } from "../Icon";
import { locale } from "../locale";
import { useHeight } from "../notices/useHeight";
import { isLookedFor, isWaiting } from "./progress/Waiting";

const words = locale.filing;

export function ActionBar() {
  const { images, filing, uploads } = useStore();
  const bar = useRef<HTMLElement>(null);
  useHeight(bar, "--action-height");
  const staged = images.staged.value.length;
  const missing = filing.missing.value;
  const arriving = uploads.moving.value.length;
  const count = filing.proposed.value.length;
  // Nothing but originals, left out when their edited copies were filed.
  const left = count === 0 && missing.length === 0 && filing.ready.value.length > 0;

  function showMissing() {
    if (!missing[0]) return;
    images.select(missing[0].id);
    onceDrawn(focusDetails);
  }

  return (
    <footer ref={bar} class="action-bar">
      <Status />
      <div class="action-main">
        <p id="file-hint" class="action-hint" aria-live="polite">
          {arriving > 0 && <span>{words.arriving(arriving)}</span>}
          {missing.length > 0 && (
            <button type="button" class="link link-warn" onClick={showMissing}>
              <Icon name="site" />
              {words.missing(missing.length)}
            </button>
          )}
        </p>
        {staged > 0 && (
          <button
            type="button"
            class={`button big ${left ? "" : "primary"}`}
            aria-disabled={count === 0 && !left}
            aria-describedby="file-hint"
            aria-keyshortcuts="Control+Enter"
            title={words.fileKey}
            onClick={() => (count > 0 || left ? filing.review() : showMissing())}
          >
            <Icon name="file" />
            {left ? words.fileOriginals(staged) : words.file(count || staged)}
          </button>
        )}
      </div>
    </footer>
  );
}

/** What has been handed over already, with the way to its receipt. */
function Status() {
  const { filing } = useStore();
  const over = filing.handedOver.value;
  const troubled = filing.troubled.value;
  const count = (state: string) => over.filter((image) => image.state === state).length;
  const waiting = over.filter((image) => isWaiting(filing.outcomeOf(image.id)));
  const looking = over.filter((image) => isLookedFor(filing.outcomeOf(image.id))).length;
  const moving = over.filter(inProgress).length - waiting.length;
  const [filed, asks] = [count("committed"), count("unverified")];
  const [failed, partly] = [count("failed"), count("partly")];
  const parts = [
    moving > looking && words.status.moving(moving - looking),
    looking > 0 && words.status.looking(looking),
    waiting.length > 0 && words.status.waiting(waiting.length),
    filed > 0 && words.status.filed(filed),
    failed > 0 && words.status.failed(failed),
    partly > 0 && words.status.partly(partly),
    asks > 0 && words.status.unverified(asks),
    troubled > 0 && words.status.troubled,
  ].filter(Boolean);
  if (parts.length === 0) return <p class="filed-status filed-status-none">{words.status.none}</p>;
  const trouble = failed + partly + asks + troubled > 0;
  return (
    <p
      class={`filed-status ${trouble ? "filed-status-trouble" : waiting.length > 0 ? "filed-status-waiting" : ""}`}
    >
      {moving > 0 ? (
        <span class="spinner" />
      ) : (
        <Icon name={trouble ? "attention" : waiting.length > 0 ? "clock" : "check"} />
      )}
      <span role="status">{parts.join(", ")}</span>
      <button type="button" class="button small" onClick={filing.showReceipt}>
        {trouble
          ? failed + partly + troubled > 0
            ? words.status.whatHappened
            : words.status.whatToCheck
          : moving + waiting.length > 0
            ? words.status.showProgress
            : words.status.showReceipt}
      </button>
    </p>
  );
}
