// The form in which somebody shows a token, where reading needs one or something is to be done.

import { h } from "./dom.js";
import { token } from "./api.js";

/** A form that says why a token is wanted, keeps it for this tab, and calls `onToken`; its field is called `id`. */
export function tokenForm(reason, onToken, id = "token") {
  // No name and no autofill: a token is for this tab, not for the browser's memory.
  const field = h("input", { type: "password", id, required: true, autocomplete: "off", spellcheck: false, size: 40 });
  const submit = (event) => {
    event.preventDefault();
    token.set(field.value.trim());
    onToken();
  };
  return h("form", { className: "sheet stack", onsubmit: submit },
    h("p", {}, reason),
    h("div", { className: "row" },
      h("label", { for: id }, "Access token"), field,
      h("button", { className: "primary" }, "Use it")),
    h("p", { className: "soft small" }, "Kept until this tab is closed. Tokens are made with ptf-cache token create."));
}
