// What went wrong with a call, in the gateway's words (RFC 9457) or in ours when it could not speak.

import { apiWords } from "./locale";
import type { Problem } from "./types";

export type FieldError = NonNullable<Problem["errors"]>[number];

export class ApiProblem extends Error {
  readonly status: number;
  readonly slug: string;
  readonly title: string;
  /** A sentence for the clinician, with what to do next. */
  readonly detail: string;
  /** What support finds this problem by in the logs; "" if the gateway did not answer. */
  readonly reference: string;
  readonly fields: FieldError[];
  readonly images: string[];
  /** Where to sign in outside Evolution, where the practice has that; null elsewhere. */
  readonly signIn: string | null;
  /** Seconds the server asked to wait, from Retry-After; null when it said nothing. */
  readonly retryAfter: number | null;

  constructor(status: number, body: Partial<Problem>, retryAfter: number | null = null) {
    super(body.title ?? apiWords.title);
    this.status = status;
    this.slug = body.type?.split("/").pop() ?? "";
    this.title = this.message;
    this.detail = body.detail ?? apiWords.bad.server;
    this.reference = body.correlationId ?? "";
    this.fields = body.errors ?? [];
    this.images = body.images ?? [];
    this.signIn = body.signIn ?? null;
    this.retryAfter = retryAfter;
  }

  /** The same call can work later without anything being changed. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  /** Another patient was opened in this browser since. */
  get sessionChanged(): boolean {
    return this.slug === "session-changed";
  }

  get sessionEnded(): boolean {
    return this.status === 401;
  }
}

/** No answer came at all: no network, or the server is down. */
export const unreachable = () =>
  new ApiProblem(0, {
    title: apiWords.unreachable,
    detail: apiWords.bad.unreachable,
  });

/** Something on the way refused a file for its size. */
export const notLetThrough = () =>
  new ApiProblem(413, {
    title: apiWords.notLetThrough,
    detail: apiWords.bad.notLetThrough,
  });

export const asProblem = (cause: unknown): ApiProblem =>
  cause instanceof ApiProblem ? cause : new ApiProblem(-1, { detail: apiWords.bad.page });

/** Bad news shown in place: a sentence with what to do next, and what support finds it by ("" if there is nothing). */
export type Trouble = { text: string; reference: string };
