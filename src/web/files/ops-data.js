// What the page knows: asked of the service, kept until asked again.

import { ApiError, ask, askJson } from "./api.js";

/** Whether a token of `role` may do what `needed` may. */
export function may(role, needed) {
  const order = ["reader", "curator", "operator"];
  return order.indexOf(role) >= order.indexOf(needed);
}

/**
 * The role of the token of this tab; null without one that is accepted. It is found by asking for what each role may,
 * and changes nothing: an import that is only tried out, of nothing.
 */
export async function findRole() {
  if (await isAllowed("/v1/audit?limit=1")) return "operator";
  const tried = { method: "POST", headers: { "Content-Type": "text/csv" }, body: "" };
  return (await isAllowed("/v1/curated-fees/import?dry_run=true", tried)) ? "curator" : "reader";
}

async function isAllowed(path, options) {
  try {
    await ask(path, options);
    return true;
  } catch (error) {
    if (error.status === 403) return false;
    // What was sent is no good, but who sent it was allowed to.
    if (error.status === 400) return true;
    throw error;
  }
}

/** The catalog's version and freshness; null before the first one. */
export async function loadCatalog() {
  try {
    return await askJson("/v1/catalog");
  } catch (error) {
    if (error.code === "not_ready") return null;
    throw error;
  }
}

/** How many runs are asked for at once, and how many in all: beyond that a reader says that he wants more. */
const RUNS_AT_ONCE = 500;
const RUNS_AT_MOST = 5000;

/** The runs that are known, newest first. */
export class Runs {
  constructor() {
    this.all = [];
    this.nextRunAt = null;
    /** What to ask for next; null when all are known, undefined before the first answer. */
    this.next = undefined;
  }

  /** Asks for the newest runs, and puts them in the place of what was known of them. */
  async refresh() {
    const limit = this.next === undefined ? RUNS_AT_ONCE : 50;
    const page = await askJson(`/v1/sync-runs?limit=${limit}`);
    this.nextRunAt = page.next_run_at;
    const oldest = page.runs.at(-1)?.id ?? 0;
    const newest = this.all[0]?.id ?? 0;
    if (this.next === undefined || oldest > newest + 1) this.next = page.next_before;
    const known = oldest > newest + 1 ? [] : this.all.filter((run) => run.id < oldest);
    this.all = [...page.runs, ...known];
  }

  /** Asks for older runs until `day` is reached, telling of its progress. */
  async reach(day, onProgress) {
    let left = RUNS_AT_MOST;
    while (this.next && left > 0 && this.all.at(-1).started_at >= day) {
      onProgress(this.all.length);
      const page = await askJson(`/v1/sync-runs?limit=${RUNS_AT_ONCE}&before=${this.next}`);
      this.all.push(...page.runs);
      this.next = page.next_before;
      left -= page.runs.length;
    }
  }

  /** The newest run that says something of the vendor: one that was skipped says nothing. */
  get newest() {
    return this.all.find((run) => run.outcome !== "skipped");
  }

  /** The newest run that saw the vendor's whole and plausible list. */
  get lastGood() {
    return this.all.find((run) => ["published", "unchanged", "held", "approved"].includes(run.outcome));
  }

  /** The newest run that waits for a decision: one that a later list has confirmed or overtaken waits no more. */
  get waiting() {
    const judged = this.all.find((run) => !["skipped", "failed"].includes(run.outcome));
    return judged?.hash && !judged.decided_at ? judged : undefined;
  }
}

/** What one version changed, by board; the answer never cuts a version in two. */
export async function loadVersion(version) {
  const page = await askJson(`/v1/changes?after=${version - 1}&limit=1`);
  return page.changes.filter((change) => change.version === version);
}

/** All pages of a list, which names what comes next as `next`. */
export async function loadAll(path, list, next, parameter, onProgress) {
  const all = [];
  let from = null;
  do {
    const query = from === null ? "" : `&${parameter}=${encodeURIComponent(from)}`;
    const page = await askJson(`${path}?limit=500${query}`);
    all.push(...page[list]);
    from = page[next];
    onProgress(all.length, from !== null);
  } while (from !== null);
  return all;
}

/** Whether a refusal means that the token is no good, or none was shown. */
export const isUnauthorized = (error) => error instanceof ApiError && error.status === 401;
