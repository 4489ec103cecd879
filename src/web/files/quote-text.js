// A quote to take along: as text for an e-mail, as JSON, as a command, as a link. All of it pure but for the origin.

import { token } from "./api.js";
import { inputsOf, queryOf } from "./quote-inputs.js";
import {
  ANSWERS, KNOWN, NOT_INCLUDED, WHO, billing, completenessOf, figure, isAverage, lineFigure, moment, nameOf, namesOf, price, rowsOf,
  sizeOf, termOf, terms,
} from "./quote-words.js";

/** The address of this page that gives exactly this quote again. */
export const linkOf = (quote) => `${location.origin}/?${queryOf(inputsOf(quote))}`;

/** The command that asks the service for exactly this quote. A query holds no quotation marks: they are escaped. */
export function curlOf(quote) {
  const shown = token.get() ? ` -H "Authorization: Bearer $TOKEN"` : "";
  return `curl${shown} '${location.origin}/v1/quote?${queryOf(inputsOf(quote))}'`;
}

/** The service's answer, in lines. */
export const jsonOf = (quote) => JSON.stringify(quote, null, 2);

/** The quote in plain text: short lines, which no typeface can put out of order. */
export function textOf(quote) {
  const known = completenessOf(quote);
  const lines = [
    `Quote of board fees: ${namesOf(quote)}`,
    `For ${sizeOf(quote.inputs)}; ${termOf(quote)}`,
    `Quoted ${moment(quote.quoted_at)}; fees checked ${moment(quote.checked_at)}, valid until ${moment(quote.valid_until)}`,
    "",
    ...rowsOf(quote).flatMap((row) => totalLines(quote, row, known)),
    ...quote.boards.flatMap((board) => ["", nameOf(board), ...channelLines(quote, board, "pass_through"), ...channelLines(quote, board, "direct")]),
  ];
  if (quote.warnings.length) lines.push("", "Please note", ...quote.warnings.map(({ message }) => `- ${message}`));
  lines.push("", NOT_INCLUDED, `Exactly this quote: ${linkOf(quote)}`, "");
  return lines.join("\n");
}

function totalLines(quote, row, known) {
  const currency = row ? ` in ${row.currency}` : "";
  const part = (who) => {
    const of = (name) => figure(quote, row, who, name);
    const month = isAverage(row) ? "per month on average" : "per month";
    const figures = [`${of("due_at_signup")} at sign-up`, `${of("monthly_equivalent")} ${month}`, `${of("first_year")} in the first year`];
    if (quote.inputs.term_months !== 12) figures.push(`${of("term_total")} in ${quote.inputs.term_months} months`);
    const alike = new Set(figures.map((text) => text.split(/ (?:at|per|in) /)[0]));
    const [only] = alike.size === 1 && !/\d/.test([...alike][0]) ? alike : [];
    return `- ${WHO[who].name}, ${WHO[who].billed} (${(KNOWN[known[who]]?.word ?? known[who]).toLowerCase()}): ${only ?? figures.join(", ")}`;
  };
  return [`Totals${currency}`, part("pass_through"), part("direct"), part("combined")];
}

function channelLines(quote, board, who) {
  const { status, note, lines } = board[who];
  const head = `${WHO[who].name}, ${WHO[who].billed}`;
  const answered = ANSWERS[status];
  if (answered) return [`${head}: ${answered.word.toLowerCase()}${note ? ` (${note})` : ""}`];
  return [`${head}:${note ? ` ${note}` : ""}`, ...lines.map((line) => {
    const more = [terms(line), billing(line)].filter(Boolean).map((text) => `, ${text}`).join("");
    const first = `${lineFigure(line, "first_year")} in the first year`;
    return `- ${line.label}: ${price(line)} (${line.arithmetic})${more}; ${first}${line.note ? `. ${line.note}` : ""}`;
  })];
}
