import { describe, expect, it } from "vitest";
import { ApiError, unwrap } from "./client";
import { mayRetry } from "./queryClient";

const answer = (status: number, error: unknown, headers: Record<string, string> = {}) =>
  Promise.resolve({ error, response: new Response("{}", { status, headers }) });

describe("unwrap", () => {
  it("gives the data", async () => {
    expect(await unwrap(Promise.resolve({ data: 7, response: new Response("7") }))).toBe(7);
  });
  it("raises what the server said, with its id and how long to wait", async () => {
    const problem = { detail: "analytics do not answer", code: "unavailable", request_id: "r1" };
    await expect(unwrap(answer(503, problem, { "Retry-After": "5" }))).rejects.toMatchObject({
      status: 503,
      code: "unavailable",
      message: "analytics do not answer",
      requestId: "r1",
      retryAfterSeconds: 5,
    });
  });
  it("copes with an answer that is not ours", async () => {
    await expect(unwrap(answer(502, "<html>", { "X-Request-ID": "r2" }))).rejects.toMatchObject({
      message: "the server answered 502",
      requestId: "r2",
    });
  });
  it("says so when nobody answers", async () => {
    await expect(unwrap(Promise.reject(new TypeError("fetch failed")))).rejects.toMatchObject({ status: 0 });
  });
});

describe("mayRetry", () => {
  it("asks again only where it may help", () => {
    expect(mayRetry(0, new ApiError(500, "internal", ""))).toBe(true);
    expect(mayRetry(2, new ApiError(500, "internal", ""))).toBe(false);
    expect(mayRetry(0, new ApiError(404, "not_found", ""))).toBe(false);
    expect(mayRetry(0, new ApiError(503, "unavailable", ""))).toBe(false);
    expect(mayRetry(0, new TypeError())).toBe(false);
  });
});
