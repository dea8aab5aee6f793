// On the receipt: the pack for a referral, with its limit and names, as a whole and photo by photo.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { referralFileAddress } from "../../api/addresses";
import type { ReferralFile } from "../../api/types";
import { Reference } from "../../shared/ui/Reference";
import { timeAndDay } from "../../shared/wording";
import { useStore } from "../context";
import { Icon } from "../Icon";
import { locale } from "../locale";

const words = locale.referral;

/** For every commit on the receipt, usually one: what of it is filed. */
export function ReferralPacks({ filed }: { filed: ReadonlyMap<string, readonly string[]> }) {
  const { referrals } = useStore();
  const commitIds = [...filed.keys()];
  useEffect(() => {
    for (const [id, images] of filed) referrals.show(id, images);
  });
  const known = commitIds.map(referrals.packOf).find(Boolean);
  const { limit, identified } = referrals.asked.value;
  return (
    <section class="referral" aria-labelledby="referral-title">
      <div class="referral-head">
        <h3 id="referral-title">{words.title}</h3>
        <label>
          {words.limit}{" "}
          <select
            value={limit}
            onChange={(event) => referrals.ask({ limit: event.currentTarget.value }, commitIds)}
          >
            {(known?.profiles ?? [{ code: limit, name: words.usual, files: null }]).map(
              ({ code, name, files }) => (
                <option key={code} value={code}>
                  {name}
                  {words.files(files)}
                </option>
              ),
            )}
          </select>
        </label>
        <label class="referral-names">
          <input
            type="checkbox"
            checked={identified}
            onChange={(event) => referrals.ask({ identified: event.currentTarget.checked }, commitIds)}
          />
          {words.identified}
        </label>
      </div>
      {commitIds.map((id) => (
        <Pack key={id} commitId={id} />
      ))}
      <p class="row-more">{words.hint}</p>
      {known && <p class="row-more">{words.until(timeAndDay(known.availableUntil, new Date()))}</p>}
    </section>
  );
}

function Pack({ commitId }: { commitId: string }) {
  const { referrals } = useStore();
  const pack = referrals.packs.value.get(commitId);
  if (!pack)
    return (
      <p class="row-more row-moving" role="status">
        <span class="spinner" /> {words.preparing}
      </p>
    );
  if (!("files" in pack))
    return (
      <p class="row-more">
        {pack.detail}
        <Reference of={pack.reference} />
      </p>
    );
  return (
    <>
      <p class="row">
        <Said of={`all ${commitId}`}>
          {(label) => (
            <button type="button" class="button primary small" onClick={() => referrals.saveAll(commitId)}>
              {label ?? words.saveAll(pack.files.length)}
            </button>
          )}
        </Said>
        <Said of={`text ${commitId}`}>
          {(label) => (
            <button type="button" class="button small" onClick={() => referrals.copyParagraph(commitId)}>
              {label ?? words.paragraph}
            </button>
          )}
        </Said>
      </p>
      <ul class="referral-files">
        {pack.files.map((file) => (
          <File key={file.imageId} commitId={commitId} file={file} />
        ))}
      </ul>
      {pack.leftOut.map((reason) => (
        <p key={reason} class="row-reason">
          {reason}
        </p>
      ))}
    </>
  );
}

function File({ commitId, file }: { commitId: string; file: ReferralFile }) {
  const { referrals } = useStore();
  const asked = referrals.asked.value;
  function drag(event: DragEvent) {
    const address = new URL(referralFileAddress(commitId, file.imageId, asked), location.href).href;
    event.dataTransfer?.setData("DownloadURL", `${file.contentType}:${file.savedAs}:${address}`);
  }
  return (
    <li>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dragging is one more way; the buttons do the same. */}
      <div class="referral-file" draggable onDragStart={drag} title={words.drag}>
        <p class="referral-name">{file.name}</p>
        <p class="row-more">{file.label}</p>
      </div>
      {referrals.canCopy && file.contentType === "image/jpeg" && (
        <Said of={`copy ${file.imageId}`}>
          {(label) => (
            <button
              type="button"
              class="button small"
              aria-label={label ? undefined : words.copyOf(file.title)}
              onClick={() => referrals.copy(commitId, file)}
            >
              {label ?? words.copy}
            </button>
          )}
        </Said>
      )}
      <Said of={`save ${file.imageId}`}>
        {(label) => (
          <button
            type="button"
            class="button small"
            aria-label={label ? undefined : words.saveOf(file.title)}
            onClick={() => referrals.save(commitId, file)}
          >
            {label ?? words.save}
          </button>
        )}
      </Said>
      {file.originalImageId && <Original file={file} />}
    </li>
  );
}

/** A second, named press: the original may show what the filed copy hides. */
function Original({ file }: { file: ReferralFile }) {
  const { referrals } = useStore();
  const [asking, setAsking] = useState(false);
  if (!asking)
    return (
      <button type="button" class="button small quiet" onClick={() => setAsking(true)}>
        {words.original}
      </button>
    );
  return (
    <div class="referral-original" role="alert">
      <p>{words.originalWarns}</p>
      <p class="row">
        <Said of={`original ${file.imageId}`}>
          {(label) => (
            <button type="button" class="button small" onClick={() => referrals.saveOriginal(file)}>
              {label ?? words.saveOriginal}
            </button>
          )}
        </Said>
        <button type="button" class="button small" onClick={() => setAsking(false)}>
          {words.cancel}
        </button>
      </p>
    </div>
  );
}

type SaidProps = { of: string; children: (label: ComponentChildren) => ComponentChildren };

/** A button that says on itself how it went, and says it to a screen reader too. */
function Said({ of: name, children }: SaidProps) {
  const { referrals } = useStore();
  const said = referrals.said.value;
  const ours = said?.key === name ? said : null;
  const busy = referrals.busy.value === name;
  const label = busy ? <span class="spinner" /> : ours && !ours.bad ? <Done text={ours.text} /> : null;
  return (
    <>
      {children(label)}
      <span class={ours?.bad ? "row-reason" : "unseen"} role="status">
        {ours?.text}
      </span>
    </>
  );
}

const Done = ({ text }: { text: string }) => (
  <>
    <Icon name="check" />
    {text}
  </>
);
