// The quote page: what is typed becomes a quote, and the address follows.

import { token } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { tokenForm } from "./token-form.js";
import { Boards } from "./quote-boards.js";
import { makeTools } from "./quote-copy.js";
import { makeFields, queryOf, readAddress, showFaults, showFields } from "./quote-inputs.js";
import { boards as boardsPart } from "./quote-lines.js";
import { LiveQuote } from "./quote-live.js";
import { hidePast, ofToday, showGone, showPast } from "./quote-past.js";
import { linkOf } from "./quote-text.js";
import { answer, knownTag, totals } from "./quote-totals.js";
import { freshness, warnings } from "./quote-warnings.js";
import { NOT_INCLUDED, WHO, completenessOf, figure, moment, namesOf, rowsOf, sizeOf, termOf } from "./quote-words.js";

const inputs = readAddress(location.search);
const live = new LiveQuote({ begin: showBusy, quote: showQuote, trouble: showTrouble });
let shown = null; // the last quote

const boards = new Boards(inputs.boards, follow, tell);
makeFields(inputs, follow);
makeTools(() => live.settled(), say);
byId("inputs").addEventListener("submit", (event) => event.preventDefault());
addEventListener("online", () => live.retry());
byId("app").hidden = false;
showStaff();
follow();

/** The quote and the address follow the inputs. */
function follow() {
  const query = queryOf(inputs);
  keepAddress(query);
  if (inputs.boards.length) live.want(query, shown ? undefined : 0);
  else showEmpty();
}

function keepAddress(query) {
  try {
    history.replaceState(null, "", query ? `/?${query}` : "/");
  } catch {
    // Safari takes a hundred in half a minute; the next one will do.
  }
}

/** Quotes with today's fees, whatever version the address named. */
function renew() {
  Object.assign(inputs, ofToday(inputs));
  showFields(inputs);
  hidePast();
  byId("result").focus();
  follow();
}

/** Says what came of a click, to who sees the page and who hears it. */
function say(text) {
  fill(byId("said"), text);
}

/** Tells who does not see it what has changed on the page. */
function tell(text) {
  fill(byId("heard"), text);
}

function showEmpty() {
  live.want(null);
  shown = null;
  document.title = "Quote · pass-through fees";
  hidePast();
  fill(byId("trouble"));
  showFaults([]);
  byId("tools").hidden = true;
  const quote = byId("quote");
  quote.setAttribute("aria-busy", "false");
  quote.classList.remove("outdated");
  fill(quote, h("h2", {}, "No board is chosen yet"),
    h("p", {}, "Choose the client’s board, or several. The quote appears here and follows what you type."),
    h("p", { className: "soft" }, "It says what is due at sign-up, per month and in the first year, who bills what, and what is not known."));
}

function showBusy() {
  byId("quote").setAttribute("aria-busy", "true");
  say("");
  if (!shown) fill(byId("quote"), h("p", { className: "waiting soft" }, "Quoting …"));
}

function showQuote(quote) {
  shown = quote;
  boards.learn(quote);
  showFaults([]);
  fill(byId("trouble"));
  byId("tools").hidden = false;
  document.title = `Quote for ${namesOf(quote)}, ${quote.starts_on}`;
  const { first, gaps, rest } = warnings(quote);
  const known = completenessOf(quote);
  const part = (who) => h("span", {}, `${WHO[who].name}: `, knownTag(known[who]));
  const article = byId("quote");
  article.classList.remove("outdated");
  fill(article,
    h("h2", {}, `Quote for ${namesOf(quote)}`),
    h("p", { className: "soft" }, `${sizeOf(quote.inputs)}; ${termOf(quote)}. Quoted ${moment(quote.quoted_at)}.`),
    first,
    answer(quote),
    h("p", { className: "row" }, part("pass_through"), part("direct")),
    gaps,
    totals(quote),
    boardsPart(quote),
    rest,
    freshness(quote),
    h("p", { className: "small" }, NOT_INCLUDED),
    h("p", { className: "small print-only" }, "Exactly this quote: ", linkOf(quote)));
  article.setAttribute("aria-busy", "false");
  const figures = rowsOf(quote).map((row) => `first year ${figure(quote, row, "combined", "first_year")}`);
  tell(`Quote updated: ${figures.join(", ")}.`);
  if (inputs.catalog_version) showPast(quote, inputs, renew);
  else hidePast();
}

/** Says what is wrong; the last quote stays, marked as not being of what is typed. */
function showTrouble(error) {
  const faults = showFaults(error.errors);
  boards.mark(error.errors);
  const article = byId("quote");
  article.setAttribute("aria-busy", "false");
  article.classList.toggle("outdated", shown !== null);
  if (!shown) fill(article, h("p", { className: "soft" }, "There is no quote yet."));
  const isGone = error.code === "version_not_found";
  if (isGone) showGone(error, renew);
  fill(byId("trouble"), error.status === 401 ? signIn() : trouble(error, isGone ? null : faults));
}

/** What is wrong, with its faults where the inputs are at fault; these are null where it is said elsewhere. */
function trouble(error, faults) {
  const fault = ({ target, label, text }) =>
    h("li", {}, target ? h("a", { href: `#${target}`, onclick: (event) => goTo(event, target) }, label) : label, `: ${text}`);
  const ofLast = shown && h("p", {}, h("b", {}, "The quote below is not of what you typed."),
    ` It is the last one: ${namesOf(shown)}, ${sizeOf(shown.inputs)}, ${termOf(shown)}.`);
  if (!faults) return ofLast && h("div", { className: "note bad" }, ofLast);
  return h("div", { className: "note bad" }, ofLast, faults.length
    ? [h("p", {}, "Please correct this:"), h("ul", {}, faults.map(fault))]
    : [h("p", {}, reason(error)), h("p", { className: "no-print" }, h("button", { type: "button", id: "retry", onclick: () => live.retry() }, "Try again"))]);
}

function goTo(event, target) {
  event.preventDefault();
  (target === "board" ? byId("picker") : byId(target)).focus();
}

/** Why there is no quote, in plain words. */
function reason({ status, code, message, retryAfter, requestId }) {
  const later = retryAfter ? ` It is asked again in ${retryAfter} seconds.` : " It is asked again in some seconds.";
  if (status === 0) return navigator.onLine ? "The service does not answer. It may be starting anew; your inputs are kept." : "This computer is offline. The quote comes when it is online again.";
  if (code === "not_ready") return `The service has no fees yet: its first look at the vendor’s list is under way.${later}`;
  if (status === 429) return `Too much was asked of the service in a short time.${later}`;
  if (status === 503) return `The service is busy.${later}`;
  if (status === 403) return "The token does not allow this.";
  if (status >= 500) return `The service failed: ${message}${requestId ? ` Its log knows this as ${requestId}.` : ""}`;
  return message;
}

/** Reading needs a token, or another one. */
function signIn() {
  fill(byId("staff"));
  const why = token.get() ? "The service did not accept the token. Show another to read fees." : "Reading fees needs an access token here.";
  return tokenForm(why, withToken);
}

function withToken() {
  byId("picker").reload();
  fill(byId("trouble"));
  showStaff();
  follow();
}

/** Under the quote, for staff: a token shows where each fee is from. */
function showStaff() {
  const forget = () => {
    token.forget();
    withToken();
  };
  const show = () => fill(byId("staff"), tokenForm("With a token the quote also shows when a fee was verified, and its source.", withToken));
  fill(byId("staff"), token.get()
    ? h("button", { type: "button", className: "plain", onclick: forget }, "Forget the token")
    : h("button", { type: "button", className: "plain", onclick: show }, "Staff: show a token to see sources"));
}
