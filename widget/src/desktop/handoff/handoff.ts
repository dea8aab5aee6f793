// The phone: the QR code that hands this session to one, how long it can be scanned, and whether a phone is in.
import { computed, signal } from "@preact/signals";
import type { Gateway } from "../../api/client";
import { type ApiProblem, asProblem } from "../../api/problem";
import type { Handoff, HandoffState } from "../../api/types";
import type { Clock } from "../../shared/time/clock";
import { locale } from "../locale";
import type { NoticesSlice } from "../notices/notices";
import type { SessionSlice } from "../session/session";

const words = locale.handoff;

const SECOND_MS = 1_000;

export function createHandoff(gateway: Gateway, clock: Clock, session: SessionSlice, notices: NoticesSlice) {
  const open = signal(false);
  const busy = signal(false);
  /** The code this page made; the server shows it once, so another window's code is not here. */
  const code = signal<Handoff | null>(null);
  const current = signal<HandoffState | null>(null);
  const problem = signal<ApiProblem | null>(null);
  const secondsLeft = signal(0);
  let stopCounting = () => {};

  const connected = computed(() => current.value?.state === "connected");
  /** How many photos the phone says it holds that are not here yet. */
  const waiting = computed(() => (connected.value ? (current.value?.waiting ?? 0) : 0));
  const scannable = computed(
    () => code.value !== null && current.value?.state === "waiting" && secondsLeft.value > 0,
  );

  function count() {
    stopCounting();
    const until = code.value;
    if (!until || current.value?.state !== "waiting") return;
    secondsLeft.value = Math.max(0, Math.ceil((Date.parse(until.expiresAt) - clock.now()) / SECOND_MS));
    if (secondsLeft.value > 0) stopCounting = clock.after(SECOND_MS, count);
  }

  /** Opens the panel, with a code that can be scanned unless a phone is in already. */
  async function show() {
    open.value = true;
    problem.value = null;
    if (!scannable.value) await catchUp();
    if (!connected.value && !scannable.value) await renew();
  }

  /** Makes a code before the panel is opened, so that nobody waits for it; never where that would cut a phone off. */
  async function prepare() {
    if (open.value || busy.value || connected.value || scannable.value) return;
    await catchUp();
    if (current.value === null && !problem.value) await renew();
    // Why it could not be made is for the panel to say.
    if (!open.value) problem.value = null;
  }

  function close() {
    open.value = false;
  }

  /** Makes a new code, which cuts off the phone that is in. */
  async function renew() {
    await attempt(async () => {
      const made = await gateway.newHandoff();
      code.value = made;
      current.value = made;
      count();
    });
  }

  async function disconnect() {
    await attempt(async () => {
      await gateway.endHandoff();
      current.value = null;
      code.value = null;
      close();
      notices.say(words.disconnected);
    });
  }

  async function attempt(act: () => Promise<void>) {
    if (busy.value) return;
    busy.value = true;
    problem.value = null;
    try {
      await act();
    } catch (cause) {
      problem.value = session.note(asProblem(cause));
    }
    busy.value = false;
  }

  /** An event for an older hand-off may arrive after a newer one was made; the newest one counts. */
  function receive(news: HandoffState) {
    const ours = news.id === current.value?.id;
    if (news.state === "gone" || news.state === "expired") {
      if (ours) settle(null);
      return;
    }
    const arrived = news.state === "connected" && !(ours && connected.value);
    settle(news);
    // The open panel says so itself.
    if (arrived && !open.value) notices.say(words.arrived);
  }

  function settle(state: HandoffState | null) {
    current.value = state;
    if (state?.id !== code.value?.id) code.value = null;
    count();
  }

  /** Reads the current state: at the start, after a gap, and when polling. */
  async function catchUp() {
    if (busy.value) return;
    try {
      const state = await gateway.handoff();
      settle(state.state === "waiting" || state.state === "connected" ? state : null);
    } catch (cause) {
      session.note(asProblem(cause));
    }
  }

  /** The first image from the phone is what was waited for: the panel makes room for it. */
  function arrived() {
    if (connected.value) close();
  }

  return {
    open,
    busy,
    code,
    connected,
    waiting,
    scannable,
    secondsLeft,
    problem,
    show,
    prepare,
    close,
    renew,
    disconnect,
    receive,
    catchUp,
    arrived,
  };
}
