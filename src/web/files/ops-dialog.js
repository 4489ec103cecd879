// Dialogs: what is opened from a panel lies over it, and closing it leads back to where it was opened.

import { h } from "./dom.js";

let opened = 0;

/**
 * Opens a dialog with a title. `mayClose` is asked before it is closed, and may put a question instead. Gives
 * `{ body, close, dialog }`; `close()` asks nobody.
 */
export function openDialog(title, { mayClose = () => true } = {}) {
  const opener = document.activeElement;
  const id = `dialog-${(opened += 1)}`;
  const body = h("div", { className: "dialog-body" });
  const heading = h("h2", { id, tabIndex: -1 }, title);
  const ask = () => mayClose() && close();
  const dialog = h("dialog", { "aria-labelledby": id },
    h("div", { className: "row spread dialog-head" }, heading,
      h("button", { type: "button", className: "close", onclick: ask }, "Close")), body,
    h("p", { className: "visually-hidden news", role: "status" }));
  function close() {
    dialog.close();
  }
  // Browsers close a dialog at the second Escape whatever the page says: the key itself is what is kept from them.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    ask();
  });
  dialog.addEventListener("cancel", (event) => {
    if (event.target !== dialog) return;
    if (!mayClose()) event.preventDefault();
  });
  dialog.addEventListener("close", (event) => {
    if (event.target !== dialog) return;
    dialog.remove();
    focusAgain(opener);
  });
  document.body.append(dialog);
  dialog.showModal();
  heading.focus();
  return { body, close, dialog };
}

/** What was drawn anew meanwhile is found again by its key. */
function focusAgain(opener) {
  if (opener?.isConnected) return opener.focus();
  const key = opener?.dataset?.key;
  const again = key && document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  (again || document.querySelector("dialog[open] h2") || document.getElementById("main")).focus();
}
