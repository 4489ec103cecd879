// The curated list: found, opened, put back.

import { fill, h, tag } from "./dom.js";
import { askJson } from "./api.js";
import { newestBySubject, readAudit } from "./ops-audit.js";
import { loadAll, may } from "./ops-data.js";
import { priceOf } from "./ops-fees.js";
import { inPortions, note, refill, refusal, sameAsJson, table, tell, withPart } from "./ops-parts.js";
import { deedsDone, undo } from "./ops-undo.js";
import { ago, CHANNELS, count, DAY, STATUSES } from "./ops-words.js";

/** A year: what was verified longer ago is marked, in quotes too. */
const TOO_LONG = 365 * DAY;

/** Since when an entry was verified, by its oldest part: a day, or null where a part never was. */
export function verifiedOn(entry) {
  const days = entry.status === "charged" ? entry.fees.map((fee) => fee.source?.verified_on) : [entry.source?.verified_on];
  return days.every(Boolean) ? days.sort()[0] : null;
}

export const isOverdue = (day) => !day || Date.now() - Date.parse(day) > TOO_LONG;

export class CuratedPanel {
  constructor(panel) {
    this.panel = panel;
    this.items = null;
    this.names = new Map();
  }

  /** Draws the frame once; what is typed in it stays while the list is asked for anew. */
  draw(page) {
    this.page = page;
    if (this.list) return;
    this.panel.hidden = false;
    const find = () => this.show();
    this.query = h("input", { type: "search", id: "find-entry", autocomplete: "off", oninput: find });
    this.status = h("select", { id: "find-status", onchange: find }, h("option", { value: "" }, "any answer"),
      Object.entries(STATUSES).map(([word, label]) => h("option", { value: word }, label)));
    this.overdue = h("input", { type: "checkbox", id: "find-overdue", onchange: find });
    this.undoing = h("div", {});
    this.progress = h("p", { className: "small soft", role: "status" });
    this.list = h("div", {});
    fill(this.panel,
      h("div", { className: "row spread" }, h("h2", { id: "curated-title" }, "Curated list"), this.adding()),
      h("p", { className: "soft small" }, "What staff keep by hand: fees that the vendor leaves out, direct fees, corrections."),
      h("div", { className: "row" },
        h("label", { for: "find-entry" }, "Find"), this.query,
        h("label", { for: "find-status" }, "Answer"), this.status,
        this.overdue, h("label", { for: "find-overdue" }, "Verified more than a year ago, or never")),
      this.undoing, this.progress, this.list, sameAsJson("/v1/curated-fees"));
    this.load();
  }

  /** Asks for the list; `said` is read out and shown when it is there. */
  async load() {
    this.drawUndo();
    try {
      const audit = may(this.page.role, "operator") ? readAudit().catch(() => []) : null;
      this.items = await loadAll("/v1/curated-fees", "entries", "next_after", "after", (number, more) => {
        if (more) this.progress.textContent = `Loading: ${count(number, "entry", "entries")} so far`;
      });
      await Promise.all([audit, this.loadNames()]);
      this.show();
    } catch (error) {
      fill(this.list, refusal(error));
    }
  }

  /** The vendor's names, where staff gave none. */
  async loadNames() {
    const nameless = this.items.some(({ board_id, entry }) => !entry.board.name && !this.names.has(board_id));
    if (!nameless) return;
    const { options } = await askJson("/v1/boards/options");
    for (const { value, label } of options) this.names.set(value, label);
  }

  nameOf({ board_id, entry }) {
    const { name, abbreviation } = entry.board;
    return name ? (abbreviation && abbreviation !== name ? `${name} (${abbreviation})` : name) : (this.names.get(board_id) ?? `Board ${board_id}`);
  }

  found() {
    const words = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this.items.filter((item) => {
      const { board_id, channel, entry } = item;
      if (this.status.value && entry.status !== this.status.value) return false;
      if (this.overdue.checked && !isOverdue(verifiedOn(entry))) return false;
      const text = [board_id, this.nameOf(item), channel, ...(entry.board.states ?? []), entry.note, ...entry.fees.flatMap((fee) => [fee.label, fee.note])].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
  }

  show() {
    if (!this.items) return;
    const found = this.found();
    const overdue = this.items.filter(({ entry }) => isOverdue(verifiedOn(entry))).length;
    this.progress.textContent = `${found.length === this.items.length ? count(found.length, "entry", "entries") : `${found.length} of ${count(this.items.length, "entry", "entries")}`}; ${overdue} verified more than a year ago, or never`;
    const operator = may(this.page.role, "operator");
    const newest = newestBySubject();
    const columns = ["Board", "Channel", "Answer", "Fees", "Verified", operator && "Who, when", "Open"].filter(Boolean);
    refill(this.list, found.length
      ? inPortions(found, (some) => table("The entries found", columns, some.map((item) => this.row(item, newest, operator))), 25)
      : h("p", {}, this.items.length ? "No entry fits." : "The list is empty."),
    !operator && h("p", { className: "small soft" }, "Who changed an entry, and when, is shown to tokens of the role operator."));
  }

  row(item, newest, operator) {
    const { board_id, channel, entry } = item;
    const name = this.nameOf(item);
    const record = newest.get(`${board_id}/${channel}`);
    return [
      h("span", {}, name, h("span", { className: "soft" }, ` · ${board_id}`)),
      CHANNELS[channel].replace(" fee", ""),
      h("span", {}, STATUSES[entry.status], entry.override && [" ", tag("soft", "↑", "overrides")]),
      entry.fees.length ? h("ul", { className: "plain-list" }, entry.fees.map((fee) => h("li", {}, `${fee.label}: ${priceOf(fee)}`))) : entry.note,
      this.verified(entry),
      ...(operator ? [record ? h("span", {}, record.actor, " · ", ago(record.at)) : "–"] : []),
      h("button", { type: "button", "data-key": `entry-${board_id}-${channel}`, "aria-label": `${may(this.page.role, "curator") ? "Edit" : "Open"} ${name}, ${CHANNELS[channel]}`, onclick: () => this.open({ board_id, channel }, name) },
        may(this.page.role, "curator") ? "Edit" : "Open"),
    ];
  }

  verified(entry) {
    const day = verifiedOn(entry);
    if (!day) return tag("warn", "!", "never");
    return isOverdue(day) ? h("span", {}, tag("warn", "!", "too long ago"), ` ${day}`) : day;
  }

  open(id, name) {
    withPart("ops-entry.js", ({ openEntry }) => openEntry(id, name, this.page, () => this.changed()));
  }

  /** The list has changed: it is asked for anew, and so is what depends on it. */
  changed() {
    this.load();
    this.page.refresh();
  }

  adding() {
    if (!may(this.page.role, "curator")) return h("span", { className: "small soft" }, "Changing the list needs a token of the role curator.");
    const known = h("datalist", { id: "known-boards" });
    const board = h("input", { id: "new-board", list: "known-boards", required: true, autocomplete: "off", size: 12, oninput: () => this.suggest(board.value, known) });
    const channel = h("select", { id: "new-channel" }, Object.entries(CHANNELS).map(([word, label]) => h("option", { value: word }, label)));
    const add = (event) => {
      event.preventDefault();
      const id = board.value.trim();
      this.open({ board_id: id, channel: channel.value }, this.names.get(id) ?? `Board ${id}`);
    };
    return h("form", { className: "row", onsubmit: add, "aria-label": "New entry" },
      h("label", { for: "new-board" }, "Board id"), board, known,
      h("label", { for: "new-channel", className: "visually-hidden" }, "Channel"), channel, h("button", {}, "New entry"));
  }

  /** Boards whose name fits what is typed in the field of an id. */
  async suggest(text, known) {
    if (text.length < 2 || this.names.has(text)) return;
    const { boards } = await askJson(`/v1/boards?limit=8&q=${encodeURIComponent(text)}`).catch(() => ({ boards: [] }));
    for (const { id, label } of boards) this.names.set(id, label);
    fill(known, boards.map(({ id, label }) => h("option", { value: id }, label)));
  }

  drawUndo(...said) {
    const deeds = deedsDone();
    const one = (deed) => h("li", {}, `${deed.name} ${deed.what}, `, ago(deed.at), " ",
      h("button", { type: "button", className: "plain", "data-key": `undo-${deed.at}`, "aria-label": `Undo: ${deed.name} ${deed.what}`, onclick: () => this.undo(deed) }, "Undo"));
    refill(this.undoing, said, deeds.length > 0 && may(this.page.role, "curator") && h("details", { open: true },
      h("summary", {}, `Done from this tab: ${deeds.length}`), h("ul", { className: "plain-list", id: "deeds" }, deeds.map(one))));
  }

  async undo(deed) {
    try {
      await undo(deed);
      const text = `Undone: ${deed.name} is as it was.`;
      this.changed();
      this.drawUndo(note("good", text));
      tell(text);
    } catch (error) {
      this.drawUndo(error.status === 412
        ? note("bad", `Not undone: somebody changed ${deed.name} since. Look at it, and change it by hand if need be.`) : refusal(error));
    }
    this.undoing.querySelector("button")?.focus();
  }
}
