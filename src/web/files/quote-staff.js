// Tokens: asked for where reading needs one, and offered to staff under the quote.

import { token } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { tokenForm } from "./token-form.js";

/** What stands in the place of a quote that needs a token, or another one; `onToken` is told of any change. */
export function signIn(onToken) {
  fill(byId("staff"));
  if (!token.get()) return tokenForm("Reading fees needs an access token here.", onToken);
  const form = tokenForm("The service did not accept the token. Show another to read fees.", onToken);
  form.append(h("button", { type: "button", className: "plain", id: "without", onclick: () => forget(onToken) }, "Go on without a token"));
  return form;
}

/** Under the quote, for staff: a token shows where each fee is from. */
export function showStaff(onToken) {
  const show = () => {
    fill(byId("staff"), tokenForm("With a token the quote also shows when a fee was verified, and its source.", onToken));
    byId("token").focus();
  };
  const [label, onclick] = token.get()
    ? ["Forget the token", () => forget(onToken)]
    : ["Staff: show a token to see sources", show];
  fill(byId("staff"), h("button", { type: "button", className: "plain", onclick }, label));
}

function forget(onToken) {
  token.forget();
  onToken();
}
