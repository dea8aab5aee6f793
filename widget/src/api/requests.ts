// The ways to ask the gateway, which both pages share. Nothing else in the widget asks it; boot/parts.ts fetches files of the page.

import { isRecord } from "../shared/storage";
import { ApiProblem, notLetThrough, unreachable } from "./problem";
import type { Image } from "./types";

const TIMEOUT_MS = 30_000;
const STALL_MS = 60_000;
const REFERENCE = "X-Correlation-Id";

export type Added = { image: Image; alreadyHere: boolean };

/** Seconds; the gateway never sends Retry-After as a date. */
const secondsIn = (header: string | null) => (header && /^\d+$/.test(header) ? Number(header) : null);

type Header = (name: string) => string | null;

/** undefined: it is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemIn(status: number, text: string, header: Header): ApiProblem {
  const body = parsed(text);
  if (isRecord(body) && "title" in body)
    return new ApiProblem(status, body, secondsIn(header("Retry-After")));
  const reference = header(REFERENCE);
  if (reference) return new ApiProblem(status, { correlationId: reference });
  // A proxy or a guest network's sign-in page answered in the gateway's place: that says nothing about session or code.
  return status === 413 ? notLetThrough() : unreachable();
}

/** As AbortSignal.timeout, which older phones don't have. */
function timeout(ms: number): AbortSignal {
  const ending = new AbortController();
  setTimeout(() => ending.abort(), ms);
  return ending.signal;
}

async function call(path: string, request: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", signal: timeout(TIMEOUT_MS), ...request });
  } catch {
    throw unreachable();
  }
  // Every answer of the gateway has a reference: a picture or a file without one is a stranger's page.
  if (answer.ok && !answer.headers.get(REFERENCE)) throw unreachable();
  if (!answer.ok) {
    const words = await answer.text().catch(() => "");
    throw problemIn(answer.status, words, (name) => answer.headers.get(name));
  }
  return answer;
}

const isImage = (answer: unknown): answer is Image => isRecord(answer) && "id" in answer;

/** XMLHttpRequest, because fetch can't say how much of a body has gone out. */
export function upload(
  file: Blob,
  headers: Record<string, string>,
  onProgress: (share: number) => void,
  path = "/api/images",
  stop?: AbortSignal,
): Promise<Added> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    // A dead network leaves a request hanging for minutes; this timer ends it, however large the file is.
    let stall = setTimeout(() => request.abort(), STALL_MS);
    const progressed = () => {
      clearTimeout(stall);
      stall = setTimeout(() => request.abort(), STALL_MS);
    };
    request.onloadend = () => clearTimeout(stall);
    stop?.addEventListener("abort", () => request.abort());
    request.onabort = () => reject(unreachable());
    request.upload.onprogress = (sent) => {
      progressed();
      if (sent.lengthComputable) onProgress(sent.loaded / sent.total);
    };
    request.onerror = () => reject(unreachable());
    request.onload = () => {
      const { status, responseText } = request;
      if (status !== 200 && status !== 201) {
        return reject(problemIn(status, responseText, (name) => request.getResponseHeader(name)));
      }
      const image = parsed(responseText);
      // Only the gateway's own answer says that it has the file.
      if (!isImage(image)) return reject(unreachable());
      resolve({ image, alreadyHere: status === 200 });
    };
    request.send(file);
  });
}

/** For what has no content to answer with: anything else is not the gateway's answer. */
export async function callEmpty(path: string, request: RequestInit): Promise<void> {
  const answer = await call(path, request);
  if (answer.status !== 204) throw unreachable();
}

/**
 * The answer's content; one that broke off, or is no JSON, is not the gateway's answer. `onDate` gets the server's time,
 * in milliseconds since 1970, if the answer has one.
 */
export async function callJson<T>(
  path: string,
  request: RequestInit,
  onDate: (date: number) => void = () => {},
): Promise<T> {
  const answer = await call(path, request);
  let content: T;
  try {
    content = (await answer.json()) as T;
  } catch {
    throw unreachable();
  }
  const date = Date.parse(answer.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) onDate(date);
  return content;
}

export async function callBlob(path: string, request: RequestInit): Promise<Blob> {
  const answer = await call(path, request);
  try {
    return await answer.blob();
  } catch {
    throw unreachable();
  }
}
