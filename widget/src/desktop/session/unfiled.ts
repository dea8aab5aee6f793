// Images of this patient left unfiled in earlier sessions: they are simply there again.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";
import { isStrings, type Memory, readJson } from "../../shared/storage";
import type { Clock } from "../../shared/time/clock";
import type { Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "./session";

const words = locale.session;

const EARLIER = "clinicpro.earlier";
/** How often to ask whether photos of an earlier session are still being filed, or looked for after a restore. */
const UNDER_WAY_MS = 5_000;

export function createUnfiled(
  gateway: Gateway,
  session: SessionSlice,
  images: Images,
  notices: NoticesSlice,
  memory: Memory,
  recall: () => Promise<void>,
  clock: Clock,
) {
  const busy = signal(false);
  const brought = signal<ReadonlySet<string>>(new Set(readJson(memory, EARLIER, isStrings, [])));
  /** Those of an earlier session: the launch brought most of them, `resume` what a colleague left since. */
  const earlier = computed<ReadonlySet<string>>(() => {
    const started = Date.parse(session.session.value?.startedAt ?? "");
    const before = images.all.value.filter(({ uploadedAt }) => Date.parse(uploadedAt) < started);
    return new Set([...brought.value, ...before.map(({ id }) => id)]);
  });
  const all = computed(() => session.session.value?.leftovers ?? []);
  const ours = computed(() => all.value.filter((left) => left.samePatient && left.resumable));
  const elsewhere = computed(() =>
    all.value.filter((left) => left.samePatient && !left.resumable && left.count > left.underWay),
  );
  /** How many are still being filed in other sessions, or looked for after a restore. */
  const underWay = computed(() =>
    all.value.reduce((sum, left) => sum + (left.samePatient ? left.underWay : 0), 0),
  );

  /** Brings what is here already, and later, of what is still under way, what needs the clinician. */
  async function watch() {
    await resume();
    if (underWay.value === 0 || session.phase.value !== "open") return;
    clock.after(UNDER_WAY_MS, async () => {
      await session.check();
      void watch();
    });
  }

  async function resume() {
    if (busy.value || ours.value.length === 0) return;
    busy.value = true;
    try {
      const resumed = await gateway.resume();
      for (const image of resumed) images.receive(image);
      brought.value = new Set([...brought.value, ...resumed.map(({ id }) => id)]);
      memory.setItem(EARLIER, JSON.stringify([...brought.value]));
      await session.prolong();
      await recall();
    } catch (cause) {
      const problem = session.note(asProblem(cause));
      // Where only the answer was lost, they have come.
      const answered = problem.status === 0 && (await images.refresh());
      if (answered) await session.check();
      const again = { label: words.unfiled.tryAgain, run: () => void resume() };
      if (ours.value.length > 0) notices.fail(words.bad.notResumed, problem, again);
    }
    busy.value = false;
  }

  return { ours, elsewhere, underWay, earlier, busy, watch };
}
