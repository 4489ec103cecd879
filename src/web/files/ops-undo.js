// What was done to the curated list from this tab, and putting it back: only where nobody changed it since.

import { ask } from "./api.js";

const KEPT = "ptf-deeds";
const AT_MOST = 30;
const deeds = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");

/** The path of an entry, of a board's id and a channel. */
export const pathOf = ({ board_id, channel }) => `/v1/curated-fees/${encodeURIComponent(board_id)}/${channel}`;

/** What was done, newest first. */
export const deedsDone = () => deeds;

/**
 * Notes what was done to an entry: how it was (null where it was not there), and the tag of how it is (null where it is
 * gone). An import has `csv`, the whole list as it was, and the list's tag.
 */
export function noteDeed(deed) {
  deeds.unshift({ ...deed, at: new Date().toISOString() });
  deeds.length = Math.min(deeds.length, AT_MOST);
  keep();
}

function keep() {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(deeds));
  } catch {
    // A list too large to be kept over a reload is kept until then.
  }
}

/** Puts back what `deed` changed. Throws an ApiError, 412 where somebody has changed it since. */
export async function undo(deed) {
  if (deed.csv !== undefined) await putListBack(deed);
  else if (deed.before === null) await ask(pathOf(deed), { method: "DELETE", headers: { "If-Match": deed.etag } });
  else {
    const headers = deed.etag ? { "If-Match": deed.etag } : { "If-None-Match": "*" };
    await ask(`${pathOf(deed)}?accept_names=true`, { method: "PUT", headers, json: deed.before });
  }
  deeds.splice(deeds.indexOf(deed), 1);
  keep();
}

async function putListBack({ csv, etag }) {
  const headers = { "Content-Type": "text/csv", "If-Match": etag };
  await ask("/v1/curated-fees/import?replace=true&accept_names=true", { method: "POST", headers, body: csv });
}
