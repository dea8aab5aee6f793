// The referral pack of a commit: what was filed, as files under a form's limit, while the session lasts.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { ReferralFile, ReferralPack } from "../../api/types";
import { locale } from "../locale";
import type { SessionSlice } from "../session/session";

const words = locale.referral;

/** Where a copy can go from a page. Both throw where the browser does not allow it. */
export type Outlet = {
  canCopy: boolean;
  copy(image: Blob): Promise<void>;
  copyText(text: string): Promise<void>;
  save(image: Blob, name: string): void;
};

export type Asked = { limit: string; identified: boolean };
/** What a button just did, shown on the button itself; by its name. */
export type Said = { key: string; text: string; bad: boolean };

const USUAL: Asked = { limit: "500kB", identified: false };

export function createReferrals(gateway: Gateway, session: SessionSlice, outlet: Outlet) {
  const asked = signal<Asked>(USUAL);
  const packs = signal<ReadonlyMap<string, ReferralPack | ApiProblem>>(new Map());
  const said = signal<Said | null>(null);
  const busy = signal("");

  const packOf = (commitId: string): ReferralPack | null => {
    const pack = packs.value.get(commitId);
    return pack && "files" in pack ? pack : null;
  };

  /** Of each commit, the images that were filed when its pack was asked for, and how often it was. */
  const filedThen = new Map<string, string>();
  const turns = new Map<string, number>();

  /** The pack of a commit, and again once more of it is filed: photos arrive in the record one by one. */
  function show(commitId: string, filed: readonly string[]) {
    const now = filed.toSorted().join();
    if (filedThen.get(commitId) === now) return;
    filedThen.set(commitId, now);
    void load(commitId);
  }

  async function load(commitId: string) {
    const wanted = asked.value;
    const turn = (turns.get(commitId) ?? 0) + 1;
    turns.set(commitId, turn);
    let found: ReferralPack | ApiProblem;
    try {
      found = await gateway.referralPack(commitId, wanted);
    } catch (cause) {
      found = session.note(asProblem(cause));
    }
    if (asked.value === wanted && turns.get(commitId) === turn)
      packs.value = new Map(packs.value).set(commitId, found);
  }

  function ask(news: Partial<Asked>, commitIds: readonly string[]) {
    asked.value = { ...asked.value, ...news };
    packs.value = new Map();
    said.value = null;
    for (const id of commitIds) void load(id);
  }

  /** Does it, and says on the button how it went. */
  async function act(
    key: string,
    done: string,
    doing: () => Promise<void>,
    refusal: string = words.bad.noClipboard,
  ) {
    if (busy.value) return;
    busy.value = key;
    said.value = null;
    try {
      await doing();
      said.value = { key, text: done, bad: false };
    } catch (cause) {
      const refused = cause instanceof DOMException;
      said.value = {
        key,
        text: refused ? refusal : session.note(asProblem(cause)).detail,
        bad: true,
      };
    }
    busy.value = "";
  }

  const fetched = (commitId: string, file: ReferralFile) =>
    gateway.referralFile(commitId, file.imageId, asked.value);

  const copy = (commitId: string, file: ReferralFile) =>
    act(`copy ${file.imageId}`, words.copied, async () => outlet.copy(await fetched(commitId, file)));

  const save = (commitId: string, file: ReferralFile) =>
    act(`save ${file.imageId}`, words.saved, async () =>
      outlet.save(await fetched(commitId, file), file.savedAs),
    );

  const saveAll = (commitId: string) =>
    act(`all ${commitId}`, words.saved, async () =>
      outlet.save(await gateway.referralZip(commitId, asked.value), words.zip),
    );

  const copyParagraph = (commitId: string) =>
    act(
      `text ${commitId}`,
      words.copied,
      async () => outlet.copyText(packOf(commitId)?.paragraph ?? ""),
      words.bad.noTextCopied,
    );

  /** The original without its marks, only ever by its own press. */
  const saveOriginal = (file: ReferralFile) =>
    act(`original ${file.imageId}`, words.saved, async () => {
      const kilobytes = Math.min(5000, Math.max(100, Math.floor((packLimit(file) ?? 500_000) / 1000)));
      outlet.save(
        await gateway.referral(file.originalImageId ?? "", kilobytes),
        words.originalName(file.savedAs),
      );
    });

  const packLimit = (file: ReferralFile): number | null => {
    for (const pack of packs.value.values())
      if ("files" in pack && pack.files.includes(file))
        return pack.profiles.find(({ code }) => code === pack.limit)?.bytes ?? null;
    return null;
  };

  const forget = () => {
    filedThen.clear();
    packs.value = new Map();
  };

  return {
    asked,
    packs,
    packOf,
    said,
    busy,
    canCopy: outlet.canCopy,
    show,
    load,
    ask,
    copy,
    save,
    saveAll,
    copyParagraph,
    saveOriginal,
    forget,
  };
}
