// The commits this tab knows: the last state of each from the server, also after a reload.
import { signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import type { Commit, Image, StepName, TargetToCheck, UnverifiedAnswer } from "../../api/types";
import { isStrings, type Memory, readJson } from "../../shared/storage";
import type { Images } from "../images/images";
import type { SessionSlice } from "../session/session";

const REMEMBERED = "clinicpro.commits";

export function createCommits(gateway: Gateway, session: SessionSlice, images: Images, memory: Memory) {
  const known = signal<ReadonlyMap<string, Commit>>(new Map());

  /** Carries each image's state over, so that a badge never waits for a second event. */
  function receive(commit: Commit) {
    known.value = new Map(known.value).set(commit.id, commit);
    memory.setItem(REMEMBERED, JSON.stringify([...known.value.keys()]));
    for (const { imageId, state, documentReferenceId, mediaId } of commit.images) {
      const image = images.all.value.find((one) => one.id === imageId);
      if (!image || latestOf(imageId)?.id !== commit.id) continue;
      // Filed is final: an answer that overtook an event must not take it back.
      if (image.state === "committed") continue;
      images.receive({ ...image, state, documentReferenceId, mediaId });
    }
  }

  const latestOf = (imageId: string): Commit | undefined =>
    [...known.value.values()]
      .filter((commit) => commit.images.some((image) => image.imageId === imageId))
      .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
      .at(-1);

  /** Reads the commits of these images; if a commit is not known, reads the images instead. */
  async function ask(wanted: Image[]) {
    const ids = new Set(wanted.map((image) => latestOf(image.id)?.id));
    for (const id of ids) {
      if (id) await askOne(id);
      else await images.refresh();
    }
  }

  async function askOne(id: string) {
    try {
      receive(await gateway.commit(id));
      session.connected.value = true;
    } catch (cause) {
      session.note(asProblem(cause));
    }
  }

  async function recall() {
    const remembered = readJson(memory, REMEMBERED, isStrings, []);
    memory.removeItem(REMEMBERED);
    // Another tab may have asked for filing: the images know.
    const asked = images.all.value.flatMap((image) => image.commitId ?? []);
    const ids = new Set([...remembered, ...asked]);
    // A tab that was launched again for another patient remembers commits of the earlier one:
    // the server answers 404 and they are forgotten.
    for (const id of ids) await askOne(id);
  }

  /** An event can overtake the answer to a call; the older of the two is dropped. */
  async function unlessOvertaken(id: string, call: () => Promise<Commit>) {
    const before = known.value.get(id);
    const commit = await call();
    if (known.value.get(id) === before) receive(commit);
  }

  /** Sends failed images, and what failed of these commits, again; answers with images that no known commit holds. */
  async function retry(imageIds: string[], commitIds: string[]): Promise<string[]> {
    const ids = new Set([...imageIds.map((id) => latestOf(id)?.id), ...commitIds]);
    for (const id of ids) if (id) await unlessOvertaken(id, () => gateway.retry(id));
    return imageIds.filter((id) => !latestOf(id));
  }

  async function resolve(imageId: string, answer: UnverifiedAnswer, target: TargetToCheck) {
    const id = latestOf(imageId)?.id;
    if (id) await unlessOvertaken(id, () => gateway.resolve(id, imageId, answer, target));
  }

  const resolveStep = (id: string, step: StepName, answer: UnverifiedAnswer) =>
    unlessOvertaken(id, () => gateway.resolveStep(id, step, answer));

  return { known, receive, latestOf, ask, askOne, recall, retry, resolve, resolveStep };
}

export type Commits = ReturnType<typeof createCommits>;
