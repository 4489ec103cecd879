// Asking the service, with the token that somebody gave this tab. The token is kept for as long as the tab is open.

const TOKEN = "ptf-token";
/** What was done with it on the operator page, kept to be undone: notes of staff, whole lists. */
const DEEDS = "ptf-deeds";

export const token = {
  get: () => sessionStorage.getItem(TOKEN),
  set: (value) => sessionStorage.setItem(TOKEN, value),
  forget: () => [TOKEN, DEEDS].forEach((key) => sessionStorage.removeItem(key)),
};

/** A refusal: `status` (0 where nothing answered), `code`, `errors` as in the problem document, `retryAfter` in seconds. */
export class ApiError extends Error {
  constructor(status, problem, retryAfter = null) {
    super(problem.detail ?? problem.title ?? `The service answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? null;
    this.errors = problem.errors ?? [];
    this.requestId = problem.request_id ?? null;
    this.retryAfter = retryAfter;
  }
}

/**
 * Asks for `path`. Gives the response where it is a success; its `body` is still to be read. `options` are those of
 * `fetch`; `json` is sent as a JSON body.
 *
 * Throws an ApiError where the service refuses or nothing answers, and an AbortError where `signal` says so.
 */
export async function ask(path, { json, headers = {}, ...options } = {}) {
  const all = new Headers(headers);
  try {
    if (token.get()) all.set("Authorization", `Bearer ${token.get()}`);
  } catch {
    throw new ApiError(401, { detail: "The token has characters that no token has." });
  }
  if (json !== undefined) {
    all.set("Content-Type", "application/json");
    options.body = JSON.stringify(json);
  }
  let response;
  try {
    response = await fetch(path, { ...options, headers: all });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, { detail: "The service cannot be reached. Is the network there?" });
  }
  if (response.ok) return response;
  const problem = (await response.json().catch(() => null)) ?? {};
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  throw new ApiError(response.status, problem, retryAfter);
}

/** What answers is not the service, or its answer was cut off. */
export const unreadable = () => new ApiError(0, { code: "unreadable", detail: "The answer of the service could not be read." });

/** Asks for `path` and reads the JSON of the answer. */
export async function askJson(path, options) {
  const response = await ask(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw unreadable();
  }
}
