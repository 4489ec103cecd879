// The operator page: puts the panels together, and looks again every half a minute while somebody can see it.

import { fill, byId, h } from "./dom.js";
import { askJson, token } from "./api.js";
import { tokenForm } from "./token-form.js";
import { drawCsv } from "./ops-csv.js";
import { CuratedPanel } from "./ops-curated.js";
import { findRole, isUnauthorized, loadCatalog, Runs } from "./ops-data.js";
import { dayBack, Days, DAYS } from "./ops-days.js";
import { drawGlance } from "./ops-glance.js";
import { findWhoReads, note, refusal, tell, withPart } from "./ops-parts.js";
import { RunsPanel } from "./ops-runs.js";
import { tick } from "./ops-words.js";

const EVERY_MS = 30_000;
/** How often a run that was started is looked for, and how long at most. */
const RUN_LOOK_MS = 1_000;
const RUN_PATIENCE_MS = 120_000;

const open = (id) => withPart("ops-run.js", ({ openRun }) => openRun(id, page.role, refresh));
const page = { role: null, catalog: null, runs: null, asked: null, paused: false, reaching: null, refresh, reach, begin, openRun: open };
const acts = { openRun: open, openVersion: (version) => withPart("ops-run.js", ({ openVersion }) => openVersion(version, page)), sync, refresh: () => refresh(true), pause };
const days = new Days(byId("days"), open);
const runs = new RunsPanel(byId("runs"), open);
const curated = new CuratedPanel(byId("curated"));

await begin();
setInterval(tick, 5_000);
setInterval(() => page.paused || document.hidden || refresh(), EVERY_MS);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !page.paused && Date.now() - Date.parse(page.asked ?? 0) > EVERY_MS) refresh();
});

/** Finds out what the token of this tab may, and shows as much. Whoever has just shown it goes on from the top. */
async function begin(how) {
  fill(byId("gate"));
  try {
    await findWhoReads();
    page.role = token.get() ? await findRole() : null;
  } catch (error) {
    return gate(isUnauthorized(error) ? "This token is not accepted: it was revoked, it has run out, or it was mistyped. A new one is known after five seconds." : null, error);
  }
  if (!page.role) return gate("Sync runs and the curated list are shown to those with a token; a reader's is enough to look.");
  drawWho();
  page.runs = new Runs();
  fill(byId("gate"));
  await refresh();
  if (how === "shown") {
    byId("main").focus();
    tell(`Your token's role: ${page.role}.`);
  }
  drawCsv(byId("import"), page.role, () => curated.changed());
  await reach();
}

/** Asks for a token, and shows what everybody may see. */
async function gate(reason, error = null) {
  if (error && !reason) fill(byId("gate"), refusal(error), h("button", { type: "button", onclick: begin }, "Try again"));
  else {
    if (error) token.forget();
    fill(byId("gate"), error && note("bad", reason), tokenForm(error ? "Show another one." : reason, () => begin("shown")));
    if (error) byId("token").focus();
  }
  try {
    page.catalog = await loadCatalog();
    page.asked = new Date().toISOString();
    drawGlance(byId("glance"), page, acts);
  } catch (refused) {
    // Where reading needs a token, nothing is shown without one.
    if (!isUnauthorized(refused)) byId("gate").prepend(refusal(refused));
  }
}

/** The token was revoked, or has run out, while the page was open. */
function lose(error) {
  page.role = null;
  page.runs = null;
  fill(byId("who"));
  return gate("This token is no longer accepted.", error);
}

function drawWho() {
  const forget = () => {
    token.forget();
    location.reload();
  };
  fill(byId("who"), h("span", {}, "Your token's role: ", h("b", {}, page.role)),
    h("button", { type: "button", className: "plain", onclick: forget }, "Forget the token"));
}

async function refresh(asked = false) {
  try {
    [page.catalog] = await Promise.all([loadCatalog(), page.runs?.refresh()]);
    page.asked = new Date().toISOString();
    fill(byId("gate"), page.role ? null : [...byId("gate").childNodes]);
    draw();
    if (asked) tell("Looked again.");
  } catch (error) {
    // Where reading needs a token, the form for it is there already, and somebody may be typing.
    if (isUnauthorized(error) && !page.role) return;
    if (isUnauthorized(error)) return lose(error);
    fill(byId("gate"), refusal(error));
  }
}

function draw() {
  drawGlance(byId("glance"), page, acts);
  if (!page.runs) return;
  days.draw(page);
  runs.draw(page);
  curated.draw(page);
}

/** Loads the runs of the days that are shown. */
async function reach() {
  try {
    await page.runs.reach(dayBack(DAYS - 1), (number) => {
      page.reaching = number;
      draw();
    });
  } catch (error) {
    byId("gate").append(refusal(error));
  }
  page.reaching = null;
  draw();
}

function pause() {
  page.paused = !page.paused;
  draw();
}

/** Starts a sync run, and waits until it is on record. */
async function sync() {
  const before = page.runs.all[0]?.id ?? 0;
  const say = (tone, text) => {
    fill(byId("gate"), note(tone, text));
    tell(text);
  };
  try {
    const { begun } = await askJson("/v1/sync-runs", { method: "POST" });
    say("", begun ? "A sync run is under way…" : "A sync run was under way already…");
    const deadline = Date.now() + RUN_PATIENCE_MS;
    while (Date.now() < deadline) {
      await new Promise((done) => setTimeout(done, RUN_LOOK_MS));
      await page.runs.refresh();
      if (page.runs.all[0]?.id > before) break;
    }
    await refresh();
    const ended = page.runs.all[0];
    if (ended?.id > before) say(ended.outcome === "failed" ? "bad" : "good", `Run ${ended.id} ended: ${ended.outcome}.`);
    else say("", "The sync run is still under way; it is listed once it has ended.");
  } catch (error) {
    fill(byId("gate"), error.retryAfter ? note("warn", `${error.message} Try again in ${error.retryAfter} s.`) : refusal(error));
  }
}
