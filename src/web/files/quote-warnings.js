// What must be known beside the numbers: what weighs most above them, the gaps in the totals under them, then the rest.

import { h, tag } from "./dom.js";
import { ago, moment, nameOf } from "./quote-words.js";

/** Whoever reads the numbers must have read these. */
const FIRST = new Set(["stale", "value_held"]);
/** What the totals leave out. */
const GAPS = new Set([
  "pass_through_unpublished", "pass_through_unknown", "direct_fee_unpublished", "direct_fee_unknown", "approximate",
]);

/** What many boards have in common, said once, with their names behind it. */
const SHARED = {
  pass_through_unpublished: "These boards have a pass-through fee whose amount is not published; ask for it before quoting a total",
  pass_through_unknown: "The pass-through fees of these boards are not known; ask for them before quoting a total",
  direct_fee_unpublished: "These boards bill their members a fee whose amount is not published",
  direct_fee_unknown: "Nothing is recorded about fees that these boards bill their members themselves",
  brokers_only: "These boards serve brokers only; an agent cannot sign up alone",
  paperwork_required: "These boards need forms to be signed before listings appear",
  board_inactive: "These boards are no longer in the vendor’s list; the price is the last known",
};

/** The warnings in three parts: `first`, `gaps`, `rest`, each a node or null. */
export function warnings(quote) {
  const of = (belongs) => quote.warnings.filter(({ code }) => belongs(code));
  return {
    first: banners(of((code) => FIRST.has(code))),
    gaps: part(quote, of((code) => GAPS.has(code)), "gaps", "Not in these totals"),
    rest: part(quote, of((code) => !FIRST.has(code) && !GAPS.has(code)), "rest", "Before signing"),
  };
}

/** `Warning` or `Notice`, with a sign of its own. */
const severityTag = (severity) =>
  severity === "notice"
    ? tag("soft", "i", "Notice")
    : tag("warn", "!", "Warning");

function banners(warnings) {
  return warnings.length > 0 && h("div", {}, warnings.map(({ code, severity, message }) =>
    h("p", { className: "note warn", "data-warning": code }, severityTag(severity), " ", message)));
}

function part(quote, warnings, name, title) {
  if (warnings.length === 0) return null;
  const weight = ([, [{ severity }]]) => (severity === "notice" ? 1 : 0);
  const groups = [...groupByCode(warnings)].sort((one, other) => weight(one) - weight(other));
  return h("section", { className: `warnings ${name}`, "aria-labelledby": `${name}-title` },
    h("h3", { id: `${name}-title` }, title),
    h("ul", {}, groups.map(([code, group]) =>
      h("li", { "data-warning": code }, severityTag(group[0].severity), h("div", {}, said(quote, code, group))))));
}

function said(quote, code, group) {
  if (group.length === 1) return group[0].message;
  if (!SHARED[code]) return h("ul", {}, group.map(({ message }) => h("li", {}, message)));
  const names = new Map(quote.boards.map((board) => [board.id, nameOf(board)]));
  return `${SHARED[code]}: ${group.map(({ board_id: id }) => names.get(id) ?? id).join(", ")}.`;
}

function groupByCode(warnings) {
  const groups = new Map();
  for (const warning of warnings) groups.set(warning.code, [...(groups.get(warning.code) ?? []), warning]);
  return groups;
}

/** How fresh the fees are. */
export function freshness(quote) {
  const time = (at) => [h("time", { dateTime: at }, moment(at)), h("span", { className: "no-print" }, ` (${ago(at)})`)];
  const over = new Date(quote.valid_until) < Date.now();
  return h("p", { className: "small freshness" },
    quote.stale || over
      ? tag("warn", "!", "Stale")
      : tag("good", "✓", "Fresh"),
    h("span", {}, "Fees checked with the vendor ", time(quote.checked_at), "; ", over ? "were valid until " : "valid until ", time(quote.valid_until),
      `. Catalog version ${quote.catalog_version}, of `, time(quote.changed_at), "."));
}
