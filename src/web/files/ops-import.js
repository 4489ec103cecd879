// Importing the curated list from a file: tried out first, then just that; and taking it out as a file.

import { fill, h } from "./dom.js";
import { ask, askJson } from "./api.js";
import { entryRows } from "./ops-differences.js";
import { inPortions, note, refusal, sameAsJson, table, tell } from "./ops-parts.js";
import { noteDeed } from "./ops-undo.js";
import { CHANNELS, count } from "./ops-words.js";

const LIST = "/v1/curated-fees.csv";

/** Opens the form of an import in `box`. `onImported` is called when the list has changed. */
export function openImport(box, onImported) {
  const found = h("div", { className: "stack-small" });
  fill(box, form(found, onImported), found,
    sameAsJson("/v1/curated-fees/import?dry_run=true", { more: "--data-binary @fees.csv -H 'Content-Type: text/csv' " }));
  box.querySelector("#csv").focus();
}

/** Takes the list out as a file; `said` is where it is told that it cannot be. */
export async function download(said) {
  try {
    const csv = await (await ask(LIST)).blob();
    const link = h("a", { href: URL.createObjectURL(csv), download: `curated-fees-${new Date().toISOString().slice(0, 10)}.csv` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    tell("The list is on its way as a file.");
  } catch (error) {
    fill(said, refusal(error));
  }
}

function form(found, onImported) {
  // What is shown is of the file and the options that are chosen: the answer about others comes too late.
  let asked = 0;
  const choose = () => {
    asked += 1;
    fill(found);
  };
  const file = h("input", { type: "file", id: "csv", accept: ".csv,text/csv", required: true, onchange: choose });
  const option = (id, label, hint) => {
    const box = h("input", { type: "checkbox", id, "aria-describedby": `${id}-hint`, onchange: choose });
    return { box, row: h("div", { className: "row" }, box, h("label", { for: id }, label), h("span", { className: "small soft", id: `${id}-hint` }, hint)) };
  };
  const replace = option("replace", "Replace the list", "Entries that the file does not have are taken off.");
  const names = option("names", "Accept other names", "Boards may be called otherwise than the vendor calls them. Without this, a name that fits no board by that id is an error: the fee might land on the wrong board.");
  const tryOut = async (event) => {
    event.preventDefault();
    const query = `${replace.box.checked ? "&replace=true" : ""}${names.box.checked ? "&accept_names=true" : ""}`;
    const nth = (asked += 1);
    await new Attempt({ file: file.files[0], query, form, isAsked: () => nth === asked, found, onImported }).tryOut();
  };
  const form = h("form", { className: "stack-small", onsubmit: tryOut },
    h("div", { className: "row" }, h("label", { for: "csv" }, "File"), file),
    replace.row, names.row,
    h("div", { className: "row" }, h("button", { className: "primary" }, "Show what would change"),
      h("span", { className: "small soft" }, "Changes nothing yet.")));
  return form;
}

/** One file, tried out and imported. */
class Attempt {
  constructor(given) {
    Object.assign(this, given);
  }

  send(query, headers = {}) {
    return askJson(`/v1/curated-fees/import?${query}${this.query}`, { method: "POST", headers: { "Content-Type": "text/csv", ...headers }, body: this.body });
  }

  async tryOut(said = null) {
    fill(this.found, said, h("p", { className: "soft" }, "Reading the file…"));
    try {
      this.body ??= await this.file.arrayBuffer();
      this.tried = await this.send("dry_run=true");
      if (!this.isAsked()) return;
      this.show(said);
    } catch (error) {
      if (!this.isAsked()) return;
      fill(this.found, said, error.status === 400 ? faults(error) : refusal(error));
    }
    this.found.querySelector("h3")?.focus();
  }

  show(said) {
    const { differences, unchanged } = this.tried;
    const rows = differences.flatMap(({ board_id, channel, before, after }) =>
      entryRows(before, after).map((row) => [`${(after ?? before).board.name ?? "Board"} · ${board_id}, ${CHANNELS[channel]}`, row.what,
        h("span", { className: "old" }, row.before ?? "–"), h("span", { className: "new" }, row.after ?? "–"), row.change && h("b", {}, row.change)]));
    const gone = differences.filter(({ after }) => !after).length;
    fill(this.found, said, h("h3", { tabIndex: -1 }, `${this.file.name}: ${differences.length ? count(differences.length, "entry differs", "entries differ") : "nothing differs"}`),
      h("p", {}, `${count(unchanged, "entry stays", "entries stay")} as they are${gone ? `; ${count(gone, "entry is", "entries are")} taken off the list` : ""}. Nothing is imported yet.`),
      rows.length > 0 && inPortions(rows, (some) => table("Old to new", ["Entry", "What", "Old", "New", "Change"], some)),
      differences.length > 0 && h("button", { type: "button", className: "primary import", onclick: (event) => this.run(event.target) },
        `Import: change ${count(differences.length, "entry", "entries")}`));
  }

  /** Imports what was tried out, only onto the list that it was tried out on. */
  async run(button) {
    button.disabled = true;
    this.form.inert = true;
    const expected = { "If-Match": this.tried.list_etag };
    try {
      const before = await ask(LIST, { cache: "no-store" });
      const csv = await before.text();
      const done = await this.send("dry_run=false", expected);
      if (before.headers.get("ETag") === this.tried.list_etag) noteDeed({ name: this.file.name, what: "imported", csv, etag: done.new_list_etag });
      const text = `Imported: ${count(done.differences.length, "entry", "entries")} changed, catalog version ${done.catalog_version}.`;
      fill(this.found, note("good", text));
      tell(text);
      this.onImported();
    } catch (error) {
      if (error.status === 412) await this.tryOut(note("bad", "Nothing was imported: somebody changed the list since. Below is what would change now."));
      else fill(this.found, error.status === 400 ? faults(error) : refusal(error));
    } finally {
      this.form.inert = false;
    }
  }
}

/** What is wrong with a file, by row and column as a spreadsheet has them. */
function faults({ errors, message }) {
  if (errors.length === 0) return note("bad", message);
  const rows = errors.map(({ pointer = "", detail }) => {
    const [, row, column] = pointer.split("/");
    return [row, column, detail];
  });
  return h("div", { role: "alert" }, h("h3", { tabIndex: -1 }, `Nothing can be imported: ${count(errors.length, "error")}`),
    table("Errors by row and column", ["Row", "Column", "What is wrong"], rows));
}
