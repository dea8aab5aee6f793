// A gateway in memory, for tests of the desktop's store.
import type { Gateway } from "../../src/api/client";
import { ApiProblem } from "../../src/api/problem";
import type {
  Alignment,
  Commit,
  CommitError,
  CommitStep,
  Details,
  EarlierImages,
  FittedFile,
  Handoff,
  HandoffState,
  Image,
  ImageState,
  Routing,
  Session,
  StepName,
  TrayItem,
} from "../../src/api/types";
import { CAPABILITIES, image, SESSION } from "../samples";
import { settled } from "./clock";

/** Why a job failed, with the reference that support asks for. */
const refused = (title: string, detail: string): CommitError => ({
  type: "/problems/refused",
  title,
  detail,
  integrator: "",
  correlationId: "REF-4711",
});

export class FakeGateway implements Gateway {
  stored: Image[] = [];
  commits = new Map<string, Commit>();
  calls: string[] = [];
  keys: string[] = [];
  /** Thrown by the next call of that name. */
  failures = new Map<string, ApiProblem>();
  uploading = 0;
  mostAtOnce = 0;

  private async said(call: string, words = "") {
    this.calls.push(words ? `${call} ${words}` : call);
    const failure = this.failures.get(call);
    this.failures.delete(call);
    await settled();
    if (failure) throw failure;
  }

  open: Session = SESSION;
  /** Of each list of earlier photos that was asked for, whether it was in the background. */
  listings: boolean[] = [];
  earlier: EarlierImages = { images: [], chosen: null, unproven: 0, more: false };
  routings: Routing[] = [];
  leftBehind: Image[] = [];

  async session(background = false) {
    await this.said("session", background ? "by itself" : "");
    return this.open;
  }
  adopt(session: Session) {
    return session;
  }
  async earlierImages(background = false) {
    this.listings.push(background);
    await this.said("earlierImages");
    return this.earlier;
  }
  alignment = async (): Promise<Alignment> => ({ matrix: null, reason: "unavailable" });
  async chooseEarlier(id: string | null) {
    this.earlier = { ...this.earlier, chosen: id };
    await this.said("chooseEarlier", id ?? "");
  }
  async capabilities() {
    return CAPABILITIES;
  }
  async images() {
    await this.said("images");
    return [...this.stored];
  }
  async addImage(file: Blob, onProgress: (share: number) => void) {
    this.uploading += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.uploading);
    try {
      onProgress(0.5);
      await this.said("addImage");
      const id = await file.text();
      const known = this.stored.find((image) => image.id === id);
      if (!known) this.stored.push(image(id));
      return { image: known ?? image(id), alreadyHere: known !== undefined };
    } finally {
      this.uploading -= 1;
    }
  }
  async describe(id: string, details: Partial<Details>) {
    await this.said("describe", `${id} ${JSON.stringify(details)}`);
    this.stored = this.stored.map((image) => (image.id === id ? ({ ...image, ...details } as Image) : image));
    return this.stored.find((image) => image.id === id) as Image;
  }
  async arrange(imageIds: string[]) {
    await this.said("arrange", imageIds.join(","));
    this.stored = this.stored.map((image) => ({ ...image, position: imageIds.indexOf(image.id) }));
  }
  async tabTicket() {
    await this.said("tabTicket");
    return { ticket: "once" };
  }
  async removeImage(id: string) {
    await this.said("removeImage", id);
    this.stored = this.stored.filter((image) => image.id !== id);
  }
  async thumb() {
    return new Blob();
  }
  async content() {
    await this.said("content");
    return new Blob(["whole"]);
  }
  async addEdit(id: string, edited: Blob) {
    await this.said("addEdit", `${id} ${await edited.text()}`);
    const copy = image(`${id}-edited`, { derivedFrom: id });
    this.stored.push(copy);
    return { image: copy, alreadyHere: false };
  }
  async example() {
    return new Blob(["example"]);
  }
  made = 0;
  now: HandoffState = { id: null, state: "gone", connected: false, waiting: 0, expiresAt: null };
  async handoff() {
    await this.said("handoff");
    return this.now;
  }
  async newHandoff(): Promise<Handoff> {
    await this.said("newHandoff");
    const made = {
      id: `h${++this.made}`,
      state: "waiting",
      connected: false,
      waiting: 0,
      expiresAt: "2026-11-24T00:10:00Z",
    } as const;
    this.now = made;
    return {
      ...made,
      qrSvg: "<svg/>",
      url: "https://images.example.nz/phone#8q2d",
      address: "images.example.nz/phone",
      code: "8q2d",
      reachable: true,
      hint: "",
    };
  }
  async endHandoff() {
    await this.said("endHandoff");
    this.now = { id: null, state: "gone", connected: false, waiting: 0, expiresAt: null };
  }
  trayItems: TrayItem[] = [];

  /** Polled by the page, so it is not counted among the calls. */
  async tray() {
    await settled();
    return { items: this.trayItems };
  }

  async resume() {
    await this.said("resume");
    const found = this.leftBehind;
    this.leftBehind = [];
    this.open = { ...this.open, leftovers: [] };
    this.stored.push(...found);
    return found;
  }
  async fit(id: string): Promise<FittedFile[]> {
    await this.said("fit", id);
    const size = { bytes: 700_000, limit: 1_000_000, width: 2400, height: 1800 };
    return [
      {
        target: "scan",
        contentType: "image/tiff",
        ...size,
        done: "Unchanged.",
        encodes: 0,
        outcome: "unchanged",
      },
    ];
  }
  async referralPack(commitId: string, { limit, identified }: { limit: string; identified: boolean }) {
    await this.said("referralPack", `${commitId} ${limit} ${identified}`);
    const files = [...(this.commits.get(commitId)?.images ?? [])].map(({ imageId }) => ({
      imageId,
      name: `${imageId}.jpg`,
      savedAs: `${imageId}.jpg`,
      title: imageId,
      contentType: "image/jpeg",
      bytes: 480_000,
      width: 1600,
      height: 1200,
      marked: false,
      label: "re-compressed to 480 kB",
      originalImageId: null,
    }));
    const profiles = [{ code: "500kB", name: "500 kB", bytes: 500_000, files: null }];
    return {
      limit,
      profiles,
      availableUntil: SESSION.expiresAt,
      paragraph: "One photo.",
      files,
      leftOut: [],
    };
  }

  async referralFile(commitId: string, imageId: string) {
    await this.said("referralFile", `${commitId} ${imageId}`);
    return new Blob([imageId]);
  }

  async referralZip(commitId: string) {
    await this.said("referralZip", commitId);
    return new Blob([commitId]);
  }

  async referral(id: string, kilobytes: number) {
    await this.said("referral", `${id} ${kilobytes}`);
    return new Blob([id]);
  }
  async resolveStep(id: string, step: StepName, answer: string) {
    await this.said("resolveStep", `${step} ${answer}`);
    return this.follow(id, step, answer === "in-inbox" ? "committed" : "queued");
  }
  async file(imageIds: string[], routing: Routing, key: string) {
    this.keys.push(key);
    this.routings.push(routing);
    await this.said("file", imageIds.join(","));
    return this.tell(`commit-${this.commits.size + 1}`, imageIds, "queued");
  }
  async commit(id: string) {
    await this.said("commit", id);
    return this.found(id);
  }
  async retry(id: string) {
    await this.said("retry", id);
    return this.tell(id, this.idsOf(id), "queued");
  }
  async resolve(id: string, imageId: string, answer: string, target?: string) {
    await this.said("resolve", [imageId, answer, ...(target ? [target] : [])].join(" "));
    return this.tell(id, [imageId], answer === "in-inbox" ? "committed" : "queued");
  }

  /** Brings images of a commit into a state, as the worker would. */
  tell(id: string, imageIds: string[], state: ImageState): Commit {
    const lines = imageIds.map((imageId) => ({
      imageId,
      state,
      documentReferenceId: state === "committed" ? `doc-${imageId}` : null,
      mediaId: null,
      error: state === "failed" ? refused("Offline", "The practice is offline.") : null,
      title: "Clinical photo",
      committedAt: null,
      toCheck: [],
      attempts: 0,
      nextAttemptAt: null,
      givesUpAt: null,
    }));
    const before = this.commits.get(id)?.images ?? [];
    const others = before.filter((line) => !imageIds.includes(line.imageId));
    const { inbox = null, task = null } = this.commits.get(id) ?? {};
    const commit: Commit = {
      id,
      createdAt: "2026-11-24T00:00:00Z",
      state: state === "staged" || state === "held" ? "queued" : state === "partly" ? "failed" : state,
      target: "scan",
      images: [...others, ...lines],
      inbox,
      task,
    };
    this.commits.set(id, commit);
    this.stored = this.stored.map((image) => (imageIds.includes(image.id) ? { ...image, state } : image));
    return commit;
  }

  /** Brings a commit's message or task into a state. */
  follow(id: string, step: StepName, state: CommitStep["state"]): Commit {
    const error = state === "failed" ? refused("Not permitted", "Medtech does not permit it.") : null;
    const told = {
      state,
      recipientId: "d",
      due: null,
      resourceId: null,
      committedAt: null,
      attempts: 0,
      nextAttemptAt: null,
      givesUpAt: null,
      error,
    };
    const commit = { ...this.found(id), [step]: told };
    this.commits.set(id, commit);
    return commit;
  }

  private found(id: string) {
    const commit = this.commits.get(id);
    if (!commit) throw new ApiProblem(404, {});
    return commit;
  }
  private idsOf(id: string) {
    return this.found(id)
      .images.filter((line) => line.state === "failed")
      .map((line) => line.imageId);
  }
}
