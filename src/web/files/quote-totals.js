// The answer first: what is due, what it is a month, what the first year comes to; then the same by who bills.

import { h, tag } from "./dom.js";
import { isZero } from "./money.js";
import { KNOWN, WHO, completenessOf, figure, isAverage, rowsOf } from "./quote-words.js";

/** How much is known, as a tag. */
export function knownTag(completeness) {
  const { word, sign, kind } = KNOWN[completeness] ?? { word: completeness, sign: "?", kind: "warn" };
  return tag(kind, sign, word, { "data-known": completeness });
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** A figure; that it is only a part is said in smaller letters, but said. */
function figureText(text) {
  const [, amount] = /^at least (.+)$/.exec(text) ?? [];
  return amount ? [h("small", {}, "At least "), amount] : capital(text);
}

/** The three figures that somebody on the telephone asks for, of both channels together. */
export function answer(quote) {
  const part = (name, label) => h("div", {},
    h("dt", {}, label),
    rowsOf(quote).map((row) => {
      const note = noteOf(quote, row, name);
      return [
        h("dd", { className: "figure", "data-answer": `${row?.currency ?? "none"}.${name}` }, figureText(figure(quote, row, "combined", name))),
        note && h("dd", { className: "small soft" }, note),
      ];
    }));
  return h("dl", { className: "answer" },
    part("due_at_signup", "Due at sign-up"),
    part("monthly_equivalent", rowsOf(quote).some(isAverage) ? "Per month, on average" : "Per month"),
    part("first_year", "First year"));
}

/** What a figure is made of, where it is not the whole truth by itself. */
function noteOf(quote, row, name) {
  if (completenessOf(quote).combined === "complete") return null;
  const of = (who) => `${WHO[who].name.toLowerCase()} ${figure(quote, row, who, name)}`;
  return capital(`${of("pass_through")}; ${of("direct")}`);
}

const CADENCES = [
  ["one_time", "Once"], ["monthly", "Each month"], ["quarterly", "Each quarter"],
  ["semiannual", "Every six months"], ["annual", "Each year"],
];

/** The figures that a row of totals is shown with: those by cadence only where they are of some use. */
function figuresOf(quote, row) {
  // What recurs each month alone is the price per month.
  const some = ([name]) => row && !isZero(row.combined[name]) && (name !== "monthly" || isAverage(row));
  const months = quote.inputs.term_months;
  return [
    ["due_at_signup", "Due at sign-up"],
    ...CADENCES.filter(some),
    ["monthly_equivalent", isAverage(row) ? "Per month, on average" : "Per month"],
    ["first_year", "First year"],
    ...(months === 12 ? [] : [["term_total", `Whole term, ${months} month${months === 1 ? "" : "s"}`]]),
  ];
}

const CURRENCIES = { USD: "US dollars", CAD: "Canadian dollars" };

/** The totals by who bills: a table a currency, which are never added. */
export function totals(quote) {
  const rows = rowsOf(quote);
  return h("section", { "aria-labelledby": "totals-title" },
    h("h3", { id: "totals-title" }, "Totals by who bills"),
    rows.length > 1 && h("p", { className: "note" }, "Amounts in different currencies are not added together."),
    rows.map((row) => totalsTable(quote, row)));
}

function totalsTable(quote, row) {
  const known = completenessOf(quote);
  const head = (who) => h("th", { role: "columnheader", scope: "col", className: "number" },
    h("span", { className: "who" }, WHO[who].name), h("span", { className: "by" }, WHO[who].billed), knownTag(known[who]));
  const cell = (who, name) =>
    h("td", { role: "cell", className: "number", "data-figure": `${row?.currency ?? "none"}.${who}.${name}` }, figureText(figure(quote, row, who, name)));
  const who = Object.keys(WHO);
  // A telephone shows the rows as blocks; the roles keep it a table for those who hear it.
  return h("table", { role: "table", className: "totals" },
    row && h("caption", {}, `In ${CURRENCIES[row.currency] ?? row.currency} (${row.currency})`),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, h("td", { role: "cell" }), who.map(head))),
    h("tbody", { role: "rowgroup" }, figuresOf(quote, row).map(([name, label]) =>
      h("tr", { role: "row" }, h("th", { role: "rowheader", scope: "row" }, label), who.map((one) => cell(one, name))))));
}
