// Who changed what on the curated list, and when. Only an operator's token may read that.

import { fill, h } from "./dom.js";
import { askJson } from "./api.js";
import { may } from "./ops-data.js";
import { entryRows } from "./ops-differences.js";
import { refusal, sameAsJson, table } from "./ops-parts.js";
import { ACTIONS, when } from "./ops-words.js";

let records = [];
let next;

/** Reads the newest records, or with `further` older ones. */
export async function readAudit(further = false) {
  if (further && !next) return records;
  const page = await askJson(`/v1/audit?limit=500${further ? `&before=${next}` : ""}`);
  records = further ? [...records, ...page.records] : page.records;
  next = page.next_before;
  return records;
}

/** The newest record of each entry among those that were read. */
export function newestBySubject() {
  const newest = new Map();
  for (const record of records) if (record.action.startsWith("entry_") && !newest.has(record.subject)) newest.set(record.subject, record);
  return newest;
}

/** What was done to one entry, newest first, asked for when it is opened. */
export function entryAudit(subject, role) {
  if (!may(role, "operator")) {
    return h("p", { className: "small soft" }, "Who changed this entry, and when, is on record; reading it needs a token of the role operator.");
  }
  const box = h("div", {});
  const show = async (further) => {
    try {
      const its = (await readAudit(further)).filter((record) => record.subject === subject);
      fill(box, its.length ? its.map(drawRecord) : h("p", {}, "Nothing is on record of this entry in what was read."),
        next && h("button", { type: "button", onclick: () => show(true) }, "Look further back"), sameAsJson("/v1/audit"));
    } catch (error) {
      fill(box, refusal(error));
    }
  };
  return h("details", { className: "audit", ontoggle: (event) => event.target.open && !box.hasChildNodes() && show(false) },
    h("summary", {}, "Who and when"), box);
}

function drawRecord({ action, actor, at, before, after, catalog_version }) {
  const rows = entryRows(before && asEntry(before), after && asEntry(after)).map(({ what, before, after, change }) => [what, before, after, change]);
  return h("div", { className: "stack-small" },
    h("p", {}, h("b", {}, actor), ` ${ACTIONS[action]} it, `, when(at), catalog_version && ` · version ${catalog_version}`),
    table(`What was ${ACTIONS[action]}`, ["What", "Old", "New", "Change"], rows));
}

/** An entry as it is kept on record, in the form in which the list has it. */
function asEntry({ board, overrides_vendor, fees: { state, note, source } }) {
  const fees = state.charged?.fees ?? [];
  return { board, override: overrides_vendor, status: state.charged ? "charged" : state, note, source, fees: fees.map(asFee) };
}

function asFee({ price: { unit, range, tiered }, effective, ...fee }) {
  const tier = (up_to, price) => ({ up_to, unit_amount: price.unit, flat_amount: price.flat });
  const tiers = tiered ? [...tiered.bands.map(({ up_to, price }) => tier(up_to, price)), tier(null, tiered.rest)] : [];
  return {
    ...fee, amount: unit ?? range?.low ?? null, amount_max: range?.high ?? null, tiers, tier_mode: tiered?.mode,
    effective_from: effective.from, effective_to: effective.to,
  };
}
