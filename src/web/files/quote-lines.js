// Each board with its fees: the arithmetic of each line, and who says so.

import { h, tag } from "./dom.js";
import { ANSWERS, WHO, billing, day, dayOf, lineFigure, nameOf, price, sourceName, terms } from "./quote-words.js";

/** All boards of a quote, with their lines. */
export function boards(quote) {
  return h("section", { "aria-labelledby": "lines-title" },
    h("h3", { id: "lines-title" }, "Board by board"),
    quote.boards.map((board) => boardPart(quote, board)));
}

const PAPERWORK = { manual: "Forms to be signed", automatic: "Licensed without forms", none: "No paperwork" };

function boardPart(quote, board) {
  return h("section", { className: "board", "data-board": board.id, "aria-label": nameOf(board) },
    h("h4", {}, nameOf(board)),
    h("p", { className: "row small" },
      h("span", { className: "soft no-print" }, `Board ${board.id}`),
      board.eligibility === "brokers_only" && tag("warn", "!", "Brokers only"),
      PAPERWORK[board.paperwork] && h("span", { className: "soft" }, PAPERWORK[board.paperwork])),
    channel(quote, board.pass_through, "pass_through"),
    channel(quote, board.direct, "direct"));
}

function channel(quote, { status, note, lines }, who) {
  const answered = ANSWERS[status];
  return h("div", { className: "channel", "data-channel": who, "data-status": status },
    h("h5", {}, WHO[who].name, h("span", { className: "soft" }, `, ${WHO[who].billed}`)),
    answered && h("p", {}, tag(answered.kind, answered.sign, answered.word), " ", answered.more),
    note && h("p", { className: "small" }, note),
    status === "charged" && (lines.length ? linesTable(quote, lines) : h("p", {}, "Nothing is billed in this time.")));
}

/** A table that a telephone shows as a list; the roles keep it a table for those who hear it. */
function linesTable(quote, lines) {
  const months = quote.inputs.term_months;
  const figures = [["due_at_signup", "At sign-up"], ["first_year", "First year"],
    ...(months === 12 ? [] : [["term_total", `${months} month${months === 1 ? "" : "s"}`]])];
  const heads = ["Fee", "Price", ...figures.map(([, label]) => label)];
  return h("table", { role: "table", className: "lines" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((label, position) =>
      h("th", { role: "columnheader", scope: "col", className: position ? "number" : "" }, label)))),
    h("tbody", { role: "rowgroup" }, lines.map((line) => lineRow(line, figures))));
}

function lineRow(line, figures) {
  const small = (text) => text && h("span", { className: "small soft" }, text);
  return h("tr", { role: "row", "data-line": line.key },
    h("th", { role: "rowheader", scope: "row" },
      h("span", { className: "label" }, line.label),
      h("span", { className: "arithmetic" }, line.arithmetic),
      small(terms(line)), line.note && h("span", { className: "small" }, line.note), source(line.source)),
    h("td", { role: "cell", className: "number", "data-label": "Price" }, h("span", { className: "price" }, price(line)), small(billing(line))),
    figures.map(([name, label]) => h("td", { role: "cell", className: "number", "data-label": label, "data-figure": name }, lineFigure(line, name))));
}

/** Who says so; a token shows staff more. */
function source(from) {
  const link = /^https?:\/\//i.test(from.url ?? "") && h("a", { href: from.url, rel: "noreferrer" }, "source");
  return h("span", { className: "small soft source" },
    `From the ${sourceName(from)}, first seen ${dayOf(from.observed_at)}`,
    h("span", { className: "no-print" },
      from.verified_on && `, verified ${day(from.verified_on)}`, link && [", ", link],
      from.internal_note && `. Staff: ${from.internal_note}`));
}
