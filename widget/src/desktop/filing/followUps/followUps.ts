// Messages and tasks of the commits on screen, each with its own state.
import { computed, type ReadonlySignal } from "@preact/signals";
import type { CommitStep, StepName } from "../../../api/types";
import type { Commits } from "../commits";

/** The message or the task of a commit, and how far it is. */
export type FollowUp = CommitStep & { commitId: string; step: StepName };

const NAMES: readonly StepName[] = ["inbox", "task"];

export function createFollowUps(commits: Commits, shown: ReadonlySignal<readonly string[]>) {
  const followUps = computed((): FollowUp[] =>
    [...commits.known.value.values()]
      .filter((commit) => commit.images.some((image) => shown.value.includes(image.imageId)))
      .flatMap((commit) =>
        NAMES.flatMap((step) => {
          const found = commit[step];
          return found ? [{ ...found, commitId: commit.id, step }] : [];
        }),
      ),
  );

  /** A message waits while an image of its commit needs the clinician. */
  function isMoving(one: FollowUp): boolean {
    if (one.state === "sending") return true;
    const images = commits.known.value.get(one.commitId)?.images ?? [];
    return (
      one.state === "queued" &&
      !images.some(({ state }) => state === "failed" || state === "partly" || state === "unverified")
    );
  }

  /** How many of this page's messages and tasks need the clinician. */
  const troubled = computed(
    () =>
      [...commits.known.value.values()]
        .flatMap((commit) => NAMES.map((step) => commit[step]?.state))
        .filter((state) => state === "failed" || state === "unverified").length,
  );

  return { followUps, troubled, isMoving };
}
