// What the filing dialog says first: the worst comes before the rest, and "filed" alone only where nothing is left to do.
import type { StepName } from "../../../api/types";
import { locale } from "../../locale";
import type { FollowUp } from "../followUps/followUps";

const words = locale.filing;

/** How many photos there are in all, and how many of them are on their way, were refused, are in one inbox only, or have to be looked for. */
export type Counts = { all: number; moving: number; failed: number; partly: number; asks: number };

const nameOf = (step: StepName) => words.followUps[step].toLowerCase();

export function headline({ all, moving, failed, partly, asks }: Counts, steps: readonly FollowUp[]): string {
  if (moving > 0) return words.filing(all);
  if (failed > 0) return words.notFiled(failed, all) + (partly > 0 ? words.andPartly(partly) : "");
  if (partly > 0) return words.partlyFiled(partly, all);
  if (asks > 0) return words.toCheck(asks);
  const those = (...states: FollowUp["state"][]) =>
    steps.filter(({ state }) => states.includes(state)).map(({ step }) => nameOf(step));
  const [unsent, unsure, notYet] = [those("failed"), those("unverified"), those("queued", "sending")];
  if (unsent.length > 0) return words.notSent(unsent);
  if (unsure.length > 0) return words.followUpToCheck(unsure);
  if (notYet.length > 0) return words.followUpNotYet(notYet);
  return words.filed;
}
