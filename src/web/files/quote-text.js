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
  const months = quote.inputs.term_months;
  const names = [
    ["due_at_signup", "at sign-up"],
    ["monthly_equivalent", isAverage(row) ? "per month on average" : "per month"],
    ["first_year", "in the first year"],
    ...(months === 12 ? [] : [["term_total", `in ${months} months`]]),
  ];
  const part = (who) => {
    const head = `- ${WHO[who].name}, ${WHO[who].billed}`;
    const figures = names.map(([name]) => figure(quote, row, who, name));
    // Where there is no amount at all, that is said once.
    if (!figures.some((text) => /\d/.test(text))) return `${head}: ${figures[0]}`;
    const word = KNOWN[known[who]]?.word ?? known[who];
    return `${head} (${word.toLowerCase()}): ${figures.map((text, position) => `${text} ${names[position][1]}`).join(", ")}`;
  };
  return [`Totals${row ? ` in ${row.currency}` : ""}`, ...Object.keys(WHO).map(part)];
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
