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
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  /** Sent as a form by POST, for what may be too long for an address. */
  form?: URLSearchParams;
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
    method: options.method ?? (options.form ? "POST" : "GET"),
    headers,
    credentials: "same-origin",
  };
  if (init.method !== "GET") headers["X-Plimsoll-CSRF"] = "1";
  if (options.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  if (options.form) init.body = options.form;
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
    const answer = JSON.parse(text) as Partial<Problem> | PrometheusError;
    return "errorType" in answer ? ofPrometheus(answer, fallback) : { ...fallback, ...answer };
  } catch {
    return fallback;
  }
}

interface PrometheusError {
  errorType: string;
  error: string;
  position?: { start: number; end: number };
}

const ERROR_TITLES: Record<string, string> = {
  bad_data: "The query cannot be read",
  execution: "The query cannot be answered",
  timeout: "The query took too long",
  canceled: "The query was cancelled",
  unavailable: "The server cannot answer now",
};

function ofPrometheus(answer: PrometheusError, fallback: Problem): Problem {
  return {
    ...fallback,
    title: ERROR_TITLES[answer.errorType] ?? "The query failed",
    code: answer.errorType,
    detail: answer.error,
    ...(answer.position && { position: answer.position }),
  };
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
