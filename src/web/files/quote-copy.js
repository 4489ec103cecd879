// The buttons with which a quote is taken along.

import { byId, fill, h } from "./dom.js";
import { curlOf, jsonOf, linkOf, textOf } from "./quote-text.js";

const WAYS = [
  { name: "text", label: "Copy as text", make: textOf, done: "The quote is copied as text." },
  { name: "link", label: "Copy link to exactly this quote", make: linkOf, done: "The link is copied. It gives this quote again, also when fees have changed." },
  { name: "json", label: "Copy as JSON", make: jsonOf, done: "The quote is copied as JSON." },
  { name: "curl", label: "Copy as curl", make: curlOf, done: "The command is copied." },
];

/** Makes the buttons. `settled` promises the quote of what is typed, null where there is none; `say` says what came of it. */
export function makeTools(settled, say) {
  const withQuote = (use) => async () => {
    const quote = await settled();
    if (quote) await use(quote);
    else say("Not done: there is no quote of what is typed.");
  };
  const copy = ({ label, make, done }) => withQuote(async (quote) => {
    const text = make(quote);
    if (await toClipboard(text)) say(done);
    else showText(label, text);
  });
  fill(byId("tools"),
    WAYS.map((way) => h("button", { type: "button", "data-copy": way.name, onclick: copy(way) }, way.label)),
    h("button", { type: "button", "data-print": true, onclick: withQuote(() => print()) }, "Print"));
}

/** Whether it went: browsers give the clipboard only to pages that came over HTTPS or from this machine. */
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Shows the text, all of it selected, to be copied by hand. */
function showText(title, text) {
  const area = h("textarea", { value: text, readOnly: true, rows: 12, "aria-labelledby": "copy-title" });
  const dialog = h("dialog", { className: "sheet", "aria-labelledby": "copy-title", onclose: () => dialog.remove() },
    h("h2", { id: "copy-title" }, title),
    h("p", {}, "This browser does not let the page copy. The text is selected: press Ctrl+C, or ⌘C on a Mac."),
    area,
    h("form", { method: "dialog" }, h("button", { className: "primary" }, "Close")));
  document.body.append(dialog);
  dialog.showModal();
  area.focus();
  area.select();
}
