// Images left unfiled in earlier sessions: this patient's can be brought here, others' are only named.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { asProblem } from "../../api/problem";

import type { Images } from "../images/images";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "./session";

const words = locale.session;

export function createUnfiled(
  gateway: Gateway,
  session: SessionSlice,
  images: Images,
  notices: NoticesSlice,
  recall: () => Promise<void>,
) {
  const busy = signal(false);
  /** "Not now" is for this page; the next launch offers them again. */
  const putOff = signal(false);
  const all = computed(() => (putOff.value ? [] : (session.session.value?.leftovers ?? [])));
  const ours = computed(() => all.value.filter((left) => left.samePatient && left.resumable));
  const elsewhere = computed(() =>
    all.value.filter((left) => left.samePatient && !left.resumable && left.count > left.underWay),
  );
  const others = computed(() => all.value.filter((left) => !left.samePatient && left.count > left.underWay));
  const count = computed(() => ours.value.reduce((sum, left) => sum + left.count - left.underWay, 0));

  async function resume() {
    if (busy.value) return;
    busy.value = true;
    try {
      const resumed = await gateway.resume();
      for (const image of resumed) images.receive(image);
      if (resumed[0]) images.select(resumed[0].id);
      notices.say(words.unfiled.added(resumed.length));
      await session.prolong();
      await recall();
    } catch (cause) {
      notices.fail(words.bad.notResumed, session.note(asProblem(cause)));
    }
    busy.value = false;
  }

  const later = () => {
    putOff.value = true;
  };

  return { ours, elsewhere, others, count, busy, resume, later };
}

export type UnfiledSlice = ReturnType<typeof createUnfiled>;
