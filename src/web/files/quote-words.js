// The words of a quote: prices, days, counts, and how much of a figure is known. All of it pure.

import { BILLED, PERIODS, isZero, money } from "./money.js";

/** Who bills: the two channels, and what they come to. */
export const WHO = {
  pass_through: { name: "Pass-through", billed: "billed with the IDX service" },
  direct: { name: "Direct", billed: "billed by the board to its members" },
  combined: { name: "Together", billed: "as far as known" },
};

/** How much of a total is known: a word, and a sign and a kind for its tag. */
export const KNOWN = {
  complete: { word: "Complete", sign: "✓", kind: "good" },
  lower_bound: { word: "Partly known", sign: "≥", kind: "warn" },
  unknown: { word: "Not known", sign: "?", kind: "warn" },
};

/** How much is known of each channel, and of both together. */
export function completenessOf(quote) {
  const { pass_through, direct } = quote.completeness_by_channel;
  return { pass_through, direct, combined: pass_through === direct ? direct : "lower_bound" };
}

/**
 * A figure of the totals in words: `$20.00`, `at least $20.00`, `no fee` or `not known`. `row` is the totals of one
 * currency, undefined where a quote has none. What is not known is never a zero: not where it is null, and not where
 * nothing but a zero is known of a part.
 */
export function figure(quote, row, who, name) {
  const known = completenessOf(quote)[who];
  if (known === "unknown") return "not known";
  if (!row) return known === "complete" ? "no fee" : "not known";
  const amount = row[who]?.[name];
  if (amount === undefined) return "not known";
  if (known === "complete") return money(amount, row.currency);
  return isZero(amount) ? "not known" : `at least ${money(amount, row.currency)}`;
}

/** The rows of totals that a quote has, one a currency; one without a currency where no money is involved. */
export const rowsOf = (quote) => (quote.totals.length ? quote.totals : [undefined]);

/** Whether something recurs in other steps than months, so that a price per month is an average. */
export const isAverage = (row) =>
  row !== undefined && ["quarterly", "semiannual", "annual"].some((name) => !isZero(row.combined[name]));

/** What a channel of a board answers where that is not an amount. */
export const ANSWERS = {
  none: { word: "No fee", sign: "✓", kind: "good", more: "It is on record that there is none." },
  unpublished: { word: "Amount not published", sign: "?", kind: "warn", more: "There is a fee. Ask for it before quoting a total." },
  unknown: { word: "Not known", sign: "?", kind: "warn", more: "Nothing is on record. That does not mean that there is no fee." },
};

/** `$20.00 a month`, `$10.00 to $20.00 a year`. */
export function price(line) {
  const most = line.amount_max === null ? "" : ` to ${money(line.amount_max, line.currency)}`;
  return `${money(line.amount, line.currency)}${most} ${PERIODS[line.cadence] ?? line.cadence}`;
}

/** How a line is billed where that is not as its price is stated; empty otherwise. */
export function billing(line) {
  if (line.billed === line.cadence) return "";
  return `billed ${BILLED[line.billed] ?? line.billed}, ${lineFigure(line, "billing_amount")} a bill`;
}

/** A figure of a line; the low end of a range says that it is. */
export function lineFigure(line, name) {
  return (line.amount_max === null ? "" : "at least ") + money(line[name], line.currency);
}

/** The first and the last day of the terms of a line; empty where they always hold. `to` is the first day after them. */
export function terms({ effective_from: from, effective_to: to }) {
  return [from && `from ${day(from)}`, to && `through ${day(dayBefore(to))}`].filter(Boolean).join(", ");
}

export const sourceName = (source) => ({ reseller_api: "vendor’s list", curated: "curated list" })[source.kind] ?? source.kind;

const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "medium", timeZone: "UTC" });
const MOMENT_DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "medium" });
const MOMENT = new Intl.DateTimeFormat("en-US", { year: "numeric", month: "short", day: "numeric", hour: "numeric", minute: "2-digit", timeZoneName: "short" });

/** `Nov 26, 2026`, of `2026-11-26`; what is no date stays as it is. */
export const day = (date) => (Number.isNaN(Date.parse(date)) ? date : DAY.format(new Date(`${date}T00:00:00Z`)));

const dayBefore = (date) => new Date(Date.parse(date) - 86_400_000).toISOString().slice(0, 10);

/** The day of a moment, where the reader is. */
export const dayOf = (time) => MOMENT_DAY.format(new Date(time));

/** A moment with its time zone, which is the reader's. */
export const moment = (time) => MOMENT.format(new Date(time));

/** `12 minutes ago`, `in 2 days`. */
export function ago(time, now = Date.now()) {
  const seconds = (new Date(time) - now) / 1000;
  const steps = [[86400, "day"], [3600, "hour"], [60, "minute"]];
  const [size, unit] = steps.find(([size]) => Math.abs(seconds) >= size * 2) ?? [60, "minute"];
  const count = Math.trunc(seconds / size);
  return count === 0 ? "just now" : new Intl.RelativeTimeFormat("en").format(count, unit);
}

const plural = (count, one) => `${count.toLocaleString("en-US")} ${one}${count === 1 ? "" : "s"}`;

/** `5 agents, 1 office, …`. */
export const sizeOf = (inputs) =>
  ["agent", "office", "broker", "website", "feed"].map((one) => plural(inputs[`${one}s`], one)).join(", ");

/** `12 months from Nov 26, 2026`. */
export const termOf = (quote) => `${plural(quote.inputs.term_months, "month")} from ${day(quote.starts_on)}`;

/** `Cedar Valley MLS (CVMLS)`. */
export const nameOf = (board) => (board.abbreviation ? `${board.name} (${board.abbreviation})` : board.name);

/** The names of one or two boards, or `3 boards`. */
export const namesOf = ({ boards }) => (boards.length <= 2 ? boards.map(nameOf).join(" and ") : `${boards.length} boards`);

export const NOT_INCLUDED =
  "These are the fees of the boards alone. Not included: the IDX service itself, dues of membership, and taxes.";
