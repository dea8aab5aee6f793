// What this page and the one that frames it tell each other: whose record is open (docs/http.md, "Host page").
import { computed, effect, type ReadonlySignal, signal } from "@preact/signals";
import type { SessionSlice } from "../session/session";

/** A patient is named by Medtech's id of the record alone. */
export type HostMessage =
  | { type: "clinicpro.ready"; version: 1 }
  | { type: "clinicpro.session"; patientId: string | null; unfiled: number };

export type HostPort = {
  /** To the page that frames this one, if it is of this origin. */
  post(message: HostMessage, origin: string): void;
  onMessage(heard: (data: unknown, origin: string) => void): void;
};

/** Whom the host shows; undefined where it has not said. */
type Shown = { origin: string; patientId: string | null };

export type Drift = "other" | "none" | null;

function patientIn(data: unknown): string | null | undefined {
  const message = data as { type?: unknown; patientId?: unknown } | null;
  if (typeof message !== "object" || message?.type !== "clinicpro.patient") return undefined;
  const { patientId } = message;
  return patientId === null || typeof patientId === "string" ? patientId : undefined;
}

export function createHost(port: HostPort, session: SessionSlice, unfiled: ReadonlySignal<number>) {
  const shown = signal<Shown | null>(null);

  /** How the host's chart differs from this window: it shows another patient, or none any more. */
  const drift = computed((): Drift => {
    const here = session.session.value?.patient.id;
    if (!shown.value || !here || session.phase.value !== "open") return null;
    const { patientId } = shown.value;
    if (patientId === here) return null;
    return patientId === null ? "none" : "other";
  });

  function start() {
    port.onMessage((data, origin) => {
      const patientId = patientIn(data);
      if (patientId !== undefined) shown.value = { origin, patientId };
    });
    // Says nothing of anybody: the answer shows which origin is there.
    port.post({ type: "clinicpro.ready", version: 1 }, "*");
    effect(() => {
      if (!shown.value) return;
      const open = session.phase.value === "open" ? session.session.value : null;
      const patientId = open?.patient.id ?? null;
      const count = open ? unfiled.value : 0;
      port.post({ type: "clinicpro.session", patientId, unfiled: count }, shown.value.origin);
    });
  }

  return { drift, start };
}
