// At a glance: how things stand, what that means for quotes, and what to do about it.

import { h, tag } from "./dom.js";
import { may } from "./ops-data.js";
import { refill, sameAsJson, tell } from "./ops-parts.js";
import { ago, count, span, when } from "./ops-words.js";

/**
 * How things stand: the first that holds. `means` is what it means for quotes, `next` what to do, `run` the run to look
 * at. What is known without a token is freshness alone.
 */
export function standing(catalog, runs) {
  const waiting = runs?.waiting;
  const newest = runs?.newest;
  if (!catalog) return notReady(newest);
  const age = h("span", {}, "Quotes are made with fees checked ", ago(catalog.checked_at));
  const quarantined = waiting && waiting.outcome === "quarantined";
  if (quarantined) {
    const { changed, added, removed, held } = waiting.counts;
    const differ = changed + added + removed || held;
    return {
      sign: "!", tone: "bad", word: "Quarantined",
      means: [`Run ${waiting.id} is in quarantine: ${count(differ, "board differs", "boards differ")}. Nothing of it was published; quotes go on with version ${catalog.version}, checked `, ago(catalog.checked_at), catalog.stale ? ", which is stale: every quote says so." : "."],
      next: "Look at what differs, ask the vendor whether it is right, then approve or reject it.", run: waiting, look: `Look at run ${waiting.id}`,
    };
  }
  if (catalog.stale) {
    const failed = newest?.outcome === "failed";
    return {
      sign: "×", tone: "bad", word: "Stale",
      means: ["Stale since ", ago(catalog.stale_after), ": every quote says so. The fees are those of version ", String(catalog.version), "."],
      next: failed ? whyFailed(newest) : runs ? "Start a sync run, or find out why none has run." : "Look at the sync runs to see why.",
      run: newest, look: newest && `Look at run ${newest.id}`,
    };
  }
  if (newest?.outcome === "failed") {
    return {
      sign: "×", tone: "bad", word: "Failed",
      means: [`The last sync run, ${newest.id}, failed. `, age, "; they turn stale ", ago(catalog.stale_after), "."],
      next: whyFailed(newest), run: newest, look: `Look at run ${newest.id}`,
    };
  }
  if (waiting || newest?.outcome === "held") {
    const run = waiting ?? newest;
    return {
      sign: "~", tone: "warn", word: "Held",
      means: [`${count(run.counts.held, "board keeps an old value", "boards keep old values")}, because what run ${run.id} found is implausible there; quotes with them are marked. `, age, "."],
      next: "Look at the values that are held back. Approve them if the vendor confirms them; what the vendor repeats often enough is believed.",
      run, look: `Look at run ${run.id}`,
    };
  }
  return { sign: "✓", tone: "good", word: "Fresh", means: [age, "."], next: runs ? "Nothing." : null };
}

/** What a failed run says of why, and of what to do. */
const whyFailed = (run) => `Run ${run.id} failed: ${run.message ?? "look at it"}.`;

function notReady(newest) {
  const failed = newest?.outcome === "failed";
  return {
    sign: "·", tone: "bad", word: "Not ready",
    means: ["No sync has succeeded yet, so there is no catalog: quotes are refused until there is one."],
    next: failed ? whyFailed(newest) : "The first sync run may be under way.",
    run: newest, look: newest && `Look at run ${newest.id}`,
  };
}

/** Draws the panel. `acts` has what its buttons do: openRun, openVersion, sync, refresh, pause. */
export function drawGlance(panel, page, acts) {
  const { catalog, runs, role } = page;
  const now = standing(catalog, runs);
  if (panel.dataset.word && panel.dataset.word !== now.word) tell(`The state is now: ${now.word}.`);
  panel.dataset.word = now.word;
  panel.hidden = false;
  refill(panel,
    h("div", { className: "row spread" },
      h("h2", { id: "glance-title" }, "State of the data"), refreshing(page, acts)),
    h("p", { className: "state" }, tag(now.tone, now.sign, now.word)),
    h("p", { className: "lead" }, now.means),
    now.next && h("p", {}, h("b", {}, "To do: "), now.next),
    h("div", { className: "row" },
      now.run && h("button", { type: "button", className: "primary", "data-key": "look", onclick: () => acts.openRun(now.run.id) }, now.look),
      runs && startButton(role, acts)),
    catalog && meter(catalog),
    facts(page, acts),
    sameAsJson("/v1/catalog", { open: true }));
}

function refreshing({ asked, paused }, acts) {
  return h("div", { className: "row small soft", role: "group", "aria-label": "Refreshing" },
    h("span", {}, "Looked at ", asked ? ago(asked) : "now", paused ? ", paused" : ", again every 30 s"),
    h("button", { type: "button", "data-key": "refresh", onclick: acts.refresh }, "Look again"),
    h("button", { type: "button", "data-key": "pause", "aria-pressed": String(paused), onclick: acts.pause }, "Pause"));
}

function startButton(role, acts) {
  if (!may(role, "operator")) return h("span", { className: "soft small" }, "Starting a sync run needs a token of the role operator.");
  return h("button", { type: "button", "data-key": "sync", onclick: acts.sync }, "Sync now");
}

/** How old the data is against how old it may be, as a bar and in words. */
function meter({ checked_at, stale_after, stale }) {
  const limit = Date.parse(stale_after) - Date.parse(checked_at);
  const age = Math.max(0, Date.now() - Date.parse(checked_at));
  const words = `Data age: ${span(age)} of at most ${span(limit)}${stale ? ", too old" : ""}`;
  const filled = h("span", {});
  filled.style.width = `${Math.min(100, (100 * age) / limit)}%`;
  return h("div", { className: "stack-small meter-box" },
    h("p", { id: "age-words", className: "small" }, words),
    h("div", {
      className: `meter ${stale ? "bad" : age > 0.75 * limit ? "warn" : "good"}`, role: "meter", "aria-labelledby": "age-words",
      "aria-valuemin": "0", "aria-valuemax": String(Math.round(limit / 60_000)),
      "aria-valuenow": String(Math.min(Math.round(limit / 60_000), Math.round(age / 60_000))), "aria-valuetext": words,
    }, filled));
}

function facts({ catalog, runs }, acts) {
  const pair = (term, ...said) => [h("dt", {}, term), h("dd", {}, said)];
  const lastGood = runs?.lastGood;
  return h("dl", { className: "facts" },
    runs && pair("Last good sync", lastGood ? [when(lastGood.finished_at), ` · run ${lastGood.id}`] : "none yet"),
    catalog && pair("Last change", when(catalog.changed_at), " ",
      h("button", { type: "button", className: "plain", "data-key": "changed", onclick: () => acts.openVersion(catalog.version) },
        `What changed in version ${catalog.version}`)),
    runs && pair("Next run", runs.nextRunAt ? when(runs.nextRunAt) : "none is scheduled"),
    catalog && pair("Stale", catalog.stale ? "since " : "", when(catalog.stale_after)),
    catalog && pair("Boards", `${count(catalog.counts.active, "board")}: ${catalog.counts.charged} charged, ${catalog.counts.none} without a fee, ${catalog.counts.unpublished} not published, ${catalog.counts.unknown} not known`),
    catalog && pair("Version", `${catalog.version} · `, h("code", { className: "hash" }, catalog.content_hash)));
}
