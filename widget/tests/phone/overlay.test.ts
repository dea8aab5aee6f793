// The earlier photo over the viewfinder: what was heard last is what shows, whatever an answer from before says.
import { expect, test } from "vitest";
import { createOverlay } from "../../src/phone/viewfinder/overlay";
import { settled } from "../fakes";
import { FakeServer } from "./fakes";

function asked() {
  const answers: ((id: string | null) => void)[] = [];
  const gateway = Object.assign(new FakeServer(), {
    chosenEarlier: () => new Promise<string | null>((answer) => answers.push(answer)),
  });
  return { overlay: createOverlay(gateway), answers };
}

test("an answer that was overtaken by news is not shown", async () => {
  const { overlay, answers } = asked();
  void overlay.refresh();
  overlay.show(null);
  answers[0]?.("put away since");
  await settled();
  expect(overlay.chosen.value).toBe(null);
});

test("of two answers the one that was asked for later counts, in whichever order they come", async () => {
  const { overlay, answers } = asked();
  void overlay.refresh();
  void overlay.refresh();
  answers[1]?.("new");
  answers[0]?.("old");
  await settled();
  expect(overlay.chosen.value).toBe("new");
});
