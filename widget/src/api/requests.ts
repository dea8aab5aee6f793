// The ways to ask the gateway, which both pages share. Nothing else in the widget asks it; boot/parts.ts fetches files of the page.
import { ApiProblem, unreachable } from "./problem";
import type { Image } from "./types";

const TIMEOUT_MS = 30_000;
const STALL_MS = 60_000;

export type Added = { image: Image; alreadyHere: boolean };

/** Seconds; the gateway never sends Retry-After as a date. */
const secondsIn = (header: string | null) => (header && /^\d+$/.test(header) ? Number(header) : null);

type Header = (name: string) => string | null;

function problemIn(status: number, text: string, header: Header): ApiProblem {
  try {
    return new ApiProblem(status, JSON.parse(text), secondsIn(header("Retry-After")));
  } catch {
    // A proxy between us and the gateway answers in HTML, which would help no one.
    if (status === 502 || status === 503 || status === 504) return unreachable();
    return new ApiProblem(status, { correlationId: header("X-Correlation-Id") ?? "" });
  }
}

/** As AbortSignal.timeout, which older phones don't have. */
function timeout(ms: number): AbortSignal {
  const ending = new AbortController();
  setTimeout(() => ending.abort(), ms);
  return ending.signal;
}

export async function call(path: string, request: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", signal: timeout(TIMEOUT_MS), ...request });
  } catch {
    throw unreachable();
  }
  if (!answer.ok) {
    const words = await answer.text().catch(() => "");
    throw problemIn(answer.status, words, (name) => answer.headers.get(name));
  }
  return answer;
}

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
      resolve({ image: JSON.parse(responseText) as Image, alreadyHere: status === 200 });
    };
    request.send(file);
  });
}

/** The answer's content; a connection that broke off in the middle of it is one that gave no answer. */
export async function callJson<T>(path: string, request: RequestInit): Promise<T> {
  const answer = await call(path, request);
  try {
    return (await answer.json()) as T;
  } catch {
    throw unreachable();
  }
}

export async function callBlob(path: string, request: RequestInit): Promise<Blob> {
  const answer = await call(path, request);
  try {
    return await answer.blob();
  } catch {
    throw unreachable();
  }
}
