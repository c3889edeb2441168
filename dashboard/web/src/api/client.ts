/** The typed client of the query API, and the one error that it raises. */
import createClient from "openapi-fetch";
import type { components, paths } from "./generated/schema";

export type Schemas = components["schemas"];

/** What went wrong, in words for people. `status` 0: no answer came at all. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly requestId = "",
    readonly retryAfterSeconds = 0,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export const api = createClient<paths>({ baseUrl: window.location.origin, credentials: "same-origin" });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer. Raises `ApiError` where there is none. */
export async function unwrap<T>(call: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await call;
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError(0, "unreachable", "the server does not answer: is it running, and are you online?");
  }
  const { data, error, response } = answer;
  if (response.ok) return data as T; // 204 has none, and its type says so
  const { detail, code, requestId } = problemOf(error);
  const wait = Number(response.headers.get("Retry-After") ?? 0);
  throw new ApiError(
    response.status,
    code,
    detail || `the server answered ${response.status}`,
    requestId || (response.headers.get("X-Request-ID") ?? ""),
    Number.isFinite(wait) ? wait : 0,
  );
}

function problemOf(error: unknown): { detail: string; code: string; requestId: string } {
  const found = typeof error === "object" && error !== null ? (error as Record<string, unknown>) : {};
  const text = (name: string): string => (typeof found[name] === "string" ? found[name] : "");
  return { detail: text("detail"), code: text("code") || "error", requestId: text("request_id") };
}
