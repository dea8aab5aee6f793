// What goes with the photos: a message to a provider's inbox and a task, as they are drafted, and what they still need.
import { computed, signal } from "@preact/signals";
import type { Routing } from "../../api/types";
import { tooLong } from "../textLength";
import type { Clock } from "../time/clock";
import { practiceDay } from "../time/practiceTime";
import { readDate } from "../time/readDate";
import { followUpNeeds } from "./needs.locale";

export type FollowUpKind = "message" | "task";
/** `due` as it is typed. */
export type FollowUpDraft = { on: boolean; to: string; due: string; note: string };

const EMPTY: FollowUpDraft = { on: false, to: "", due: "", note: "" };

/** `us`: the provider who files, if it is known; a task is usually theirs. */
export function createFollowUpDrafts(clock: Clock, us: () => string = () => "") {
  const drafts = { message: signal(EMPTY), task: signal(EMPTY) };
  const on = computed(() => drafts.message.value.on || drafts.task.value.on);

  /** The day that is typed, and what is wrong with it. */
  const due = computed(() => {
    const { due: typed } = drafts.task.value;
    if (!typed.trim()) return { date: "", problem: "" };
    const read = readDate(typed);
    if (read.date && read.date < practiceDay(new Date(clock.now())))
      return { date: "", problem: followUpNeeds.dueOver };
    return read;
  });

  /** Why its text can't go out; "" if it can. */
  const tooMuch = (which: FollowUpKind): string => {
    const { on, note } = drafts[which].value;
    return on ? tooLong({ [which]: note }) : "";
  };

  /** What keeps the photos from being filed with them, in words. */
  const needs = computed((): string => {
    const [message, task] = [drafts.message.value, drafts.task.value];
    if (message.on && !message.to) return followUpNeeds.messageTo;
    if (task.on && !task.to) return followUpNeeds.taskFor;
    if (task.on && due.value.problem) return followUpNeeds.taskDue;
    return tooMuch("message") || tooMuch("task");
  });

  const change = (which: FollowUpKind, news: Partial<FollowUpDraft>) => {
    drafts[which].value = { ...drafts[which].peek(), ...news };
  };

  const turn = (which: FollowUpKind, isOn: boolean) =>
    change(which, { on: isOn, ...(which === "task" && isOn && !drafts.task.peek().to && { to: us() }) });

  function routing(): Routing {
    const [message, task] = [drafts.message.peek(), drafts.task.peek()];
    const { date } = due.peek();
    return {
      ...(message.on && { inbox: { recipientId: message.to, note: message.note.trim() } }),
      ...(task.on && {
        task: { assigneeId: task.to, note: task.note.trim(), ...(date && { due: date }) },
      }),
    };
  }

  function clear() {
    drafts.message.value = EMPTY;
    drafts.task.value = EMPTY;
  }

  /** The day that is so many days from now (ISO). */
  const inDays = (days: number) => practiceDay(new Date(clock.now() + days * 86_400_000));

  return { drafts, on, due, needs, tooMuch, change, turn, routing, clear, inDays };
}

export type FollowUpDrafts = ReturnType<typeof createFollowUpDrafts>;
