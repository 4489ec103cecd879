// A quote of the past, made again: that it is one, and whether today's fees come to something else.

import { byId, fill, h, tag } from "./dom.js";
import { askQuote } from "./quote-live.js";
import { queryOf } from "./quote-inputs.js";
import { ago, completenessOf, day, figure, moment, rowsOf } from "./quote-words.js";

/** The inputs with today's fees: no version, and no first day that has gone by. */
export function ofToday(inputs) {
  const today = new Date().toLocaleDateString("sv-SE");
  return { ...inputs, catalog_version: "", starts_on: inputs.starts_on >= today ? inputs.starts_on : "" };
}

let comparing = null;

/** Nothing of the past is shown. */
export function hidePast() {
  comparing?.abort();
  fill(byId("past"));
}

/** Says that `quote` is of the version that `inputs` name, and compares it with today's. `renew` quotes with today's fees. */
export async function showPast(quote, inputs, renew) {
  hidePast();
  const { signal } = (comparing = new AbortController());
  const compared = h("p", { className: "no-print", "data-compared": "", role: "status" }, "Comparing with today’s fees …");
  fill(byId("past"), h("div", { className: "note past" },
    h("h2", {}, `As of catalog version ${quote.catalog_version}, ${moment(quote.changed_at)}`),
    h("p", {}, `This is the quote of that version (${ago(quote.changed_at)}), starting ${day(quote.starts_on)}.`),
    compared, renewButton(renew)));
  try {
    const now = await askQuote(queryOf(ofToday(inputs)), signal);
    fill(compared, ...difference(quote, now));
  } catch (error) {
    if (error.name !== "AbortError") fill(compared, `Today’s fees could not be compared: ${error.message}`);
  }
}

/** Says that the version is not there. */
export function showGone(error, renew) {
  hidePast();
  fill(byId("past"), h("div", { className: "note warn past" },
    h("h2", {}, "The version of this link is no longer kept"),
    h("p", {}, "It was pruned, or never was: the quote of that day cannot be made again. ", soft(error.errors[0]?.detail)),
    renewButton(renew)));
}

const soft = (detail) => detail && h("span", { className: "soft" }, `(The service says: ${detail}.)`);

const renewButton = (renew) =>
  h("p", { className: "no-print" }, h("button", { type: "button", id: "renew", onclick: renew }, "Quote again with today’s fees"));

/** In words, whether `now` differs from `then`. */
function difference(then, now) {
  const names = [["due_at_signup", "due at sign-up"], ["monthly_equivalent", "per month"], ["first_year", "in the first year"]];
  const in_ = (quote, currency, name) => {
    const row = rowsOf(quote).find((row) => row?.currency === currency);
    return figure(quote, row, "combined", name);
  };
  const currencies = [...new Set([...rowsOf(then), ...rowsOf(now)].map((row) => row?.currency))];
  const changes = currencies.flatMap((currency) => names.map(([name, label]) => {
    const [before, after] = [in_(then, currency, name), in_(now, currency, name)];
    return before === after ? null : `${after} ${label} instead of ${before}`;
  })).filter(Boolean);
  const version = `version ${now.catalog_version}`;
  if (changes.length) return [tag("warn", "≠", "Different today"), ` Today’s fees (${version}) come to ${changes.join("; ")}.`];
  const alike = JSON.stringify([then.totals, completenessOf(then)]) === JSON.stringify([now.totals, completenessOf(now)]);
  if (alike) return [tag("good", "=", "The same today"), ` Today’s fees (${version}) come to the same totals.`];
  return [tag("warn", "≠", "Different today"), ` Today’s fees (${version}) come to the same sums, made up in another way.`];
}
