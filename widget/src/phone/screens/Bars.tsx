// What the clinician should know while going on: no connection, only in memory, full, left from before.
import type { ComponentChildren } from "preact";
import { usePhone } from "../context";
import { Icon, type IconName } from "../Icon";
import { locale } from "../locale";

const words = locale.bars;

const Warning = ({ icon = "attention", children }: { icon?: IconName; children: ComponentChildren }) => (
  <p class="bar bar-warn">
    <Icon name={icon} />
    <span>{children}</span>
  </p>
);

export function Bars() {
  const { link, pending, sending, chooser, cameraMark, screens, shotFailed } = usePhone();
  const limit = link.capabilities.value?.limits.maxPictures ?? 20;
  return (
    <div class="bars" role="status">
      {!link.connected.value && <Warning icon="offline">{words.offline}</Warning>}
      {pending.fragile.value && <Warning>{words.fragile}</Warning>}
      {sending.full.value && <Warning>{words.full(limit)}</Warning>}
      {screens.missing.value && <Warning>{words.missing}</Warning>}
      {shotFailed.value && screens.front.value !== "viewfinder" && (
        <Offer text={words.shotFailed}>
          <button type="button" class="button" onClick={() => (shotFailed.value = false)}>
            {words.understood}
          </button>
        </Offer>
      )}
      {chooser.isMissing.value && <Warning>{words.noChooser}</Warning>}
      {cameraMark.closedBehind.value && (
        <Offer text={words.closedBehind}>
          <button type="button" class="button" onClick={cameraMark.clear}>
            {words.understood}
          </button>
        </Offer>
      )}
      <LeftBehind />
    </div>
  );
}

/** What is on this phone and not among the photos below. */
function LeftBehind() {
  const { pending, addEarlier } = usePhone();
  const left = pending.earlier.value.length;
  const unanswered = pending.earlier.value.some(({ facts }) => facts.wanted);
  const shut = pending.unreadables.value.length;
  const theirs = pending.strangers.value.length;
  return (
    <>
      {left > 0 && (
        <Offer text={unanswered ? words.mayHaveArrived(left) : words.earlier(left)}>
          <button type="button" class="button" onClick={addEarlier}>
            {words.addEarlier}
          </button>
          <button type="button" class="button quiet" onClick={pending.deleteEarlier}>
            {words.deleteEarlier}
          </button>
        </Offer>
      )}
      {shut > 0 && (
        <Offer text={words.unreadable(shut)}>
          <button type="button" class="button quiet" onClick={pending.deleteUnreadable}>
            {words.deleteEarlier}
          </button>
        </Offer>
      )}
      {theirs > 0 && (
        <Offer text={words.strangers(theirs)}>
          <button type="button" class="button quiet danger" onClick={pending.destroyStrangers}>
            {words.destroyStrangers(theirs)}
          </button>
        </Offer>
      )}
    </>
  );
}

const Offer = ({ text, children }: { text: string; children: ComponentChildren }) => (
  <div class="bar bar-note">
    <p>{text}</p>
    <p class="row">{children}</p>
  </div>
);
