// The panel of the list as a file. What it takes to read one or to write one is only loaded once that is wanted.

import { fill, h } from "./dom.js";
import { may } from "./ops-data.js";
import { withPart } from "./ops-parts.js";

/** Draws the panel once. `onImported` is called when the list has changed. */
export function drawCsv(panel, role, onImported) {
  panel.hidden = false;
  const box = h("div", {});
  const part = (act) => () => withPart("ops-import.js", act);
  const button = (className, text, act) => h("button", { type: "button", className, onclick: part(act) }, text);
  fill(panel,
    h("div", { className: "row spread" }, h("h2", { id: "import-title" }, "The list as CSV"),
      h("div", { className: "row" },
        may(role, "curator") && button("open-import", "Import a file…", ({ openImport }) => openImport(box, onImported)),
        button("export", "Export the list as CSV", ({ download }) => download(box)))),
    !may(role, "curator") && h("p", {}, `Importing needs a token of the role curator; this one's is ${role}.`), box);
}
