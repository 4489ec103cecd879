// The words of the operator page: outcomes, reasons, times. What is told by a colour has a sign and a word too.

import { h, tag } from "./dom.js";

/** How a run ended: the sign and the tone of its tag, its rank (the worst of a day is shown), and what it means. */
export const OUTCOMES = {
  quarantined: { sign: "!", tone: "bad", rank: 7, means: "Too much differed: nothing was published until somebody decides." },
  failed: { sign: "×", tone: "bad", rank: 6, means: "Something went wrong: nothing was published." },
  held: { sign: "~", tone: "warn", rank: 5, means: "Published, but some implausible values were kept as they were." },
  rejected: { sign: "−", tone: "soft", rank: 4, means: "It was in quarantine, and somebody rejected what it found." },
  approved: { sign: "✓", tone: "good", rank: 3, means: "It waited for a decision, and somebody approved what it found." },
  published: { sign: "✓", tone: "good", rank: 2, means: "A new version of the catalog came of it." },
  unchanged: { sign: "=", tone: "good", rank: 1, means: "The vendor says what it said before." },
  skipped: { sign: "·", tone: "soft", rank: 0, means: "Another run was under way." },
};

/** How a run began. */
export const TRIGGERS = { schedule: "by the schedule", start: "as the service started", terminal: "at the terminal", http: "by this page or the API" };
/** Why there is a version. */
export const CAUSES = { sync: "a sync", curation: "the curated list", approval: "an approval", effective_date: "a date that came" };
export const CHANNELS = { pass_through: "pass-through fee", direct: "direct fee" };
export const STATUSES = { charged: "Charged", none: "No fee", unpublished: "Not published", unknown: "Not known" };
export const ACTIONS = {
  entry_added: "added", entry_changed: "changed", entry_removed: "removed",
  run_started: "started", run_approved: "approved", run_rejected: "rejected",
};

export function outcomeTag(outcome) {
  const { tone, sign } = OUTCOMES[outcome] ?? { tone: "soft", sign: "?" };
  return tag(tone, sign, outcome);
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** A span of time in one unit: `40 s`, `12 min`, `31 h`, `5 d`. */
export function span(ms) {
  const all = Math.max(0, ms);
  if (all < MINUTE) return `${Math.floor(all / 1000)} s`;
  if (all < 2 * HOUR) return `${Math.floor(all / MINUTE)} min`;
  if (all < 2 * DAY) return `${Math.floor(all / HOUR)} h`;
  return `${Math.floor(all / DAY)} d`;
}

function fromNow(at) {
  const ms = Date.parse(at) - Date.now();
  if (ms > 0) return `in ${span(ms)}`;
  return ms > -5000 ? "just now" : `${span(-ms)} ago`;
}

const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const DATE = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** `26 Nov 2026, 16:28`, where the reader is. */
export const moment = (at) => FULL.format(new Date(at));

/** `26 November 2026`, of a day such as `2026-11-26`. */
export const dayName = (day) => DATE.format(new Date(`${day}T00:00:00Z`));

/** How long ago, or how soon, kept right as time goes by; the moment itself beside it. */
export function when(at) {
  if (!at) return "never";
  return h("span", {}, h("time", { dateTime: at, "data-ago": true, title: `${moment(at)}, ${ZONE}` }, fromNow(at)),
    h("span", { className: "soft" }, ` · ${moment(at)}`));
}

/** Only how long ago; the moment is told to whoever asks. */
export function ago(at) {
  return h("time", { dateTime: at, "data-ago": true, title: `${moment(at)}, ${ZONE}` }, fromNow(at));
}

/** Sets right what has been said of times. */
export function tick() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const text = fromNow(time.dateTime);
    if (time.textContent !== text) time.textContent = text;
  }
}

/** `1 board`, `3 boards`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
