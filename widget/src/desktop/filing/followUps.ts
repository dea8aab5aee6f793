// Messages and tasks of the requests on screen, each with a state of its own.
import { computed, type ReadonlySignal } from "@preact/signals";
import type { CommitStep, StepName } from "../../api/types";
import type { Commits } from "./commits";

/** The message or the task of a request, and how far it is. */
export type FiledStep = CommitStep & { commitId: string; step: StepName };

const NAMES: readonly StepName[] = ["inbox", "task"];

export function createSteps(commits: Commits, shown: ReadonlySignal<readonly string[]>) {
  const steps = computed((): FiledStep[] =>
    [...commits.known.value.values()]
      .filter((commit) => commit.images.some((image) => shown.value.includes(image.imageId)))
      .flatMap((commit) =>
        NAMES.flatMap((step) => {
          const found = commit[step];
          return found ? [{ ...found, commitId: commit.id, step }] : [];
        }),
      ),
  );

  /** A message waits without moving while a picture of its request asks for the clinician. */
  function isMoving(one: FiledStep): boolean {
    if (one.state === "sending") return true;
    const images = commits.known.value.get(one.commitId)?.images ?? [];
    return (
      one.state === "queued" && !images.some(({ state }) => state === "failed" || state === "unverified")
    );
  }

  /** How many of all requests of this page ask for the clinician. */
  const troubled = computed(
    () =>
      [...commits.known.value.values()]
        .flatMap((commit) => NAMES.map((step) => commit[step]?.state))
        .filter((state) => state === "failed" || state === "unverified").length,
  );

  return { steps, troubled, isMoving };
}
