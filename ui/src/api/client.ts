// Talks to the server: JSON in, JSON or a Problem out.
// Invariants: only paths of this origin are requested; every failure becomes a `ProblemError` with a
// text fit for a person; a 401 anywhere flips `signedOut`, which shows the sign-in page in place of
// the view and so keeps its address.
import { signal } from "@preact/signals";
import type { Problem } from "./types";

export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export const signedOut = signal(false);
/** Requests under way; the header shows a line while they take long. */
export const underWay = signal(0);

interface Request {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  signal?: AbortSignal;
}

export async function request<T>(path: string, options: Request = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  if (response.ok) return parseAnswer<T>(path, response.status, text);
  if (response.status === 401 && path !== "/api/v1/auth/sign-in") signedOut.value = true;
  throw new ProblemError(parseProblem(response, text));
}

async function send(path: string, options: Request): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  const init: RequestInit = {
    method: options.method ?? "GET",
    headers,
    credentials: "same-origin",
  };
  if (init.method !== "GET") headers["X-Plimsoll-CSRF"] = "1";
  if (options.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  if (options.signal) init.signal = options.signal;
  underWay.value += 1;
  try {
    return await fetch(path, init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ProblemError(unreachable(path));
  } finally {
    underWay.value -= 1;
  }
}

function parseAnswer<T>(path: string, status: number, text: string): T {
  try {
    return (text === "" ? undefined : JSON.parse(text)) as T;
  } catch {
    throw new ProblemError({
      status,
      title: "Unreadable answer",
      code: "internal",
      detail: `${path} did not answer with JSON`,
      hint: "a proxy in between may have answered instead of the server",
    });
  }
}

function parseProblem(response: Response, text: string): Problem {
  const fallback: Problem = {
    status: response.status,
    title: response.statusText || `Status ${response.status}`,
    code: "unknown",
    detail: `the server answered ${response.status} without an explanation`,
  };
  try {
    return { ...fallback, ...(JSON.parse(text) as Partial<Problem>) };
  } catch {
    return fallback;
  }
}

function unreachable(path: string): Problem {
  return {
    status: 0,
    title: "The server does not answer",
    code: "unavailable",
    detail: `nothing came back from ${path.split("?")[0]}`,
    hint: "check that Plimsoll is running; the key r tries again, Live does so every 5 seconds",
  };
}

/** Any thrown value as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { status: 0, title: "The page failed", code: "internal", detail };
}
