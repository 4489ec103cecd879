// The quote page: what is typed becomes a quote, and the address follows.

import { ApiError } from "./api.js";
import { byId, fill, h } from "./dom.js";
import { Boards } from "./quote-boards.js";
import { makeTools } from "./quote-copy.js";
import { incomplete, makeFields, queryOf, readAddress, showFaults, showFields } from "./quote-inputs.js";
import { boards as boardsPart } from "./quote-lines.js";
import { LiveQuote } from "./quote-live.js";
import { hidePast, ofToday, showGone, showPast } from "./quote-past.js";
import { showStaff, signIn } from "./quote-staff.js";
import { linkOf } from "./quote-text.js";
import { answer, knownTag, totals } from "./quote-totals.js";
import { ofLast, trouble } from "./quote-trouble.js";
import { freshness, warnings } from "./quote-warnings.js";
import { Watch } from "./quote-watch.js";
import { NOT_INCLUDED, WHO, completenessOf, figure, moment, namesOf, rowsOf, sizeOf, termOf } from "./quote-words.js";

const inputs = readAddress(location.search);
const live = new LiveQuote({
  begin: showBusy,
  quote: (quote) => keepFocus(() => showQuote(quote)),
  trouble: (error) => keepFocus(() => showTrouble(error)),
});
const watch = new Watch(() => live.retry());
let shown = null; // the last quote
let shownQuery = null; // what it was asked with
let isInsisting = false; // whether somebody waits to hear what comes of asking again

const boards = new Boards(inputs.boards, follow, tell);
makeFields(inputs, follow);
makeTools(() => live.settled(), say);
byId("inputs").addEventListener("submit", (event) => event.preventDefault());
addEventListener("online", () => live.retry());
byId("app").hidden = false;
showStaff(withToken);
follow();

/** The quote and the address follow the inputs. */
function follow() {
  const errors = incomplete();
  const query = queryOf(inputs);
  if (!errors.length) keepAddress(query);
  if (!inputs.boards.length) showEmpty(errors);
  else if (errors.length) live.refuse(new ApiError(400, { errors }));
  else live.want(query, shown ? undefined : 0);
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

function showEmpty(errors) {
  live.want(null);
  watch.stop();
  shown = shownQuery = null;
  document.title = "Quote · pass-through fees";
  hidePast();
  fill(byId("trouble"));
  showFaults(errors);
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
  const { first, gaps, rest } = warnings(quote);
  const known = completenessOf(quote);
  const part = (who) => h("span", {}, `${WHO[who].name}: `, knownTag(known[who]));
  const article = byId("quote");
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
  article.classList.remove("outdated");
  article.setAttribute("aria-busy", "false");
  boards.learn(quote);
  showFaults([]);
  fill(byId("trouble"));
  byId("tools").hidden = false;
  document.title = `Quote for ${namesOf(quote)}, ${quote.starts_on}`;
  const figures = rowsOf(quote).map((row) => `first year ${figure(quote, row, "combined", "first_year")}`);
  const told = `Quote updated: ${figures.join(", ")}.`;
  const query = queryOf(inputs);
  // What was asked for again without being wanted is told only where it differs.
  if (query !== shownQuery || told !== byId("heard").textContent) tell(told);
  [shown, shownQuery, isInsisting] = [quote, query, false];
  watch.start(quote);
  if (!byId("staff").childElementCount) showStaff(withToken);
  if (inputs.catalog_version) showPast(quote, inputs, renew);
  else hidePast();
}

/** Says what is wrong; the last quote stays, marked as the last one. */
function showTrouble(error) {
  const faults = showFaults(error.errors);
  boards.mark(error.errors);
  const article = byId("quote");
  article.setAttribute("aria-busy", "false");
  article.classList.toggle("outdated", shown !== null);
  if (shown) article.querySelector(".freshness").replaceWith(freshness(shown));
  else fill(article, h("p", { className: "soft" }, "There is no quote yet."));
  const last = shown && ofLast(shown, !faults.length && shownQuery === queryOf(inputs));
  const note = (...parts) => h("div", { className: "note bad" }, ...parts);
  if (error.code === "version_not_found") {
    showGone(error, renew);
    alarm(last && note(last));
  } else if (error.status === 401) alarm(last && note(last), signIn(withToken));
  else alarm(note(last, trouble(error, faults, insist)));
}

/** Shows this as what is wrong. An alert is spoken each time it is filled: what stands there is not said once more unasked. */
function alarm(...parts) {
  const said = h("div", {}, ...parts);
  if (!isInsisting && said.textContent === byId("trouble").textContent) return;
  isInsisting = false;
  fill(byId("trouble"), ...said.childNodes);
}

/** Asks again because somebody wants it, who is told in any case what came of it. */
function insist() {
  isInsisting = true;
  live.retry();
}

/** There is another token now, or none. */
function withToken() {
  byId("picker").reload();
  fill(byId("trouble"));
  showStaff(withToken);
  byId("result").focus();
  follow();
}

/** Changes the page. A focus that would be lost goes on to what has the same id now, or else to the quote. */
function keepFocus(change) {
  const held = document.activeElement;
  change();
  if (held === document.body || document.activeElement !== document.body) return;
  ((held?.id && byId(held.id)) || byId("result")).focus({ preventScroll: true });
}
