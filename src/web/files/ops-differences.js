// Differences, old to new: of boards, of entries of the curated list. Pure: what differs, as rows for people.

import { percent, priceOf } from "./ops-fees.js";
import { CHANNELS, STATUSES } from "./ops-words.js";

/** A row: what differs, how it was, how it is, and by how much where that is a number. */
const row = (what, before, after, change = null) => ({ what, before, after, change });

/** What differs between two boards; null stands for one that is not there. */
export function boardRows(before, after) {
  if (!before && !after) return [];
  const facts = [
    ["Name", (board) => board.name], ["Abbreviation", (board) => board.abbreviation],
    ["States", (board) => board.states.join(", ")], ["Country", (board) => board.country],
    ["Eligibility", (board) => plain(board.eligibility)], ["Paperwork", (board) => plain(board.paperwork)],
    ["Listed by the vendor", (board) => (board.active ? "yes" : "no")], ["Coverage page", (board) => board.coverage_url],
    ["Held back", (board) => board.held.map((held) => held.reason).join("; ")],
  ];
  const rows = before && after ? differing(facts, before, after) : [row("Board", before ? "listed" : null, after ? "listed" : null)];
  for (const channel of Object.keys(CHANNELS)) rows.push(...channelRows(CHANNELS[channel], before?.[channel], after?.[channel]));
  return rows;
}

/** What differs between two entries of the curated list; null stands for one that is not there. */
export function entryRows(before, after) {
  const facts = [
    ["Name", (entry) => entry.board.name], ["Abbreviation", (entry) => entry.board.abbreviation],
    ["States", (entry) => entry.board.states?.join(", ")], ["Country", (entry) => entry.board.country],
    ["Overrides the vendor", (entry) => (entry.override ? "yes" : "no")],
    ["Source", (entry) => entry.source?.url], ["Verified on", (entry) => entry.source?.verified_on],
    ["Internal note", (entry) => entry.source?.internal_note],
  ];
  const rows = before && after ? differing(facts, before, after) : [row("Entry", before ? "on the list" : null, after ? "on the list" : null)];
  return [...rows, ...channelRows("Fee", before, after)];
}

function differing(facts, before, after) {
  const rows = facts.map(([what, read]) => row(what, read(before) || null, read(after) || null));
  return rows.filter((row) => row.before !== row.after);
}

function channelRows(name, before, after) {
  const rows = [];
  const [was, is] = [before && statusOf(before), after && statusOf(after)];
  const hasFees = before?.fees.length || after?.fees.length;
  if (was !== is && (before && after ? true : !hasFees)) rows.push(row(`${capital(name)}: answer`, was, is));
  const [old, now] = [byKey(before), byKey(after)];
  for (const key of new Set([...old.keys(), ...now.keys()])) rows.push(...feeRows(name, old.get(key), now.get(key)));
  return rows;
}

/** The fees by key; a key with several periods by its number as well. */
function byKey(channel) {
  const fees = new Map();
  for (const fee of channel?.fees ?? []) {
    let key = fee.key;
    for (let nth = 2; fees.has(key); nth += 1) key = `${fee.key} ${nth}`;
    fees.set(key, fee);
  }
  return fees;
}

/** What differs between two fees, or one that is not there. */
export function feeRows(channel, before, after) {
  const what = `${(after ?? before).label || (after ?? before).key}${channel === CHANNELS.direct ? " (direct fee)" : ""}`;
  if (!before || !after) return [row(what, before ? priceOf(before) : null, after ? priceOf(after) : null)];
  const rows = [];
  const [was, is] = [priceOf(before), priceOf(after)];
  const alike = ["currency", "cadence", "basis"].every((name) => before[name] === after[name]);
  if (was !== is) rows.push(row(what, was, is, alike ? percent(before.amount, after.amount) : null));
  const texts = [
    ["label", (fee) => fee.label], ["note", (fee) => fee.note], ["source", (fee) => fee.source?.url],
    ["verified on", (fee) => fee.source?.verified_on], ["internal note", (fee) => fee.source?.internal_note],
  ];
  for (const [name, read] of texts) {
    if ((read(before) ?? "") !== (read(after) ?? "")) rows.push(row(`${what}: ${name}`, read(before) || null, read(after) || null));
  }
  return rows;
}

function statusOf({ status, note }) {
  return note ? `${STATUSES[status] ?? status}: ${note}` : (STATUSES[status] ?? status);
}

const plain = (word) => word?.replaceAll("_", " ");
const capital = (text) => text[0].toUpperCase() + text.slice(1);

/**
 * The differences of one board by what `/v1/changes` tells of it: a change of the whole board, or of fees one by one.
 */
export function changeRows(changes) {
  const isOfFee = (change) => change.kind.startsWith("fee_");
  const rows = changes.filter((change) => !isOfFee(change)).flatMap((change) => boardRows(change.before, change.after));
  for (const { before, after } of changes.filter(isOfFee)) {
    const channel = CHANNELS[(after ?? before).channel];
    for (const found of feeRows(channel, before?.fee, after?.fee)) {
      if (!rows.some((row) => row.what === found.what && row.before === found.before && row.after === found.after)) rows.push(found);
    }
  }
  return rows;
}
