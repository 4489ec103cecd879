// The sync runs: how each ended, what it counted.

import { h } from "./dom.js";
import { inPortions, refill, sameAsJson, table } from "./ops-parts.js";
import { ago, count, outcomeTag, span, TRIGGERS } from "./ops-words.js";

const COLUMNS = ["Run", "Outcome", "Began", "Took", "Boards", "Differences", "Version"];

/** A table of runs; `place` tells its buttons from those of other tables. */
export function runsTable(caption, runs, openRun, place) {
  return table(caption, COLUMNS, runs.map((run) => [
    h("button", { type: "button", className: "plain", "data-key": `${place}-${run.id}`, onclick: () => openRun(run.id) }, `Run ${run.id}`),
    h("span", {}, outcomeTag(run.outcome), run.failure_class && ` ${run.failure_class}`, run.hash && !run.decided_at && " waits for a decision"),
    h("span", {}, ago(run.started_at), h("span", { className: "soft" }, ` · ${TRIGGERS[run.trigger] ?? run.trigger}`)),
    span(Date.parse(run.finished_at) - Date.parse(run.started_at)),
    run.counts.boards ? run.counts.boards.toLocaleString("en") : null,
    differences(run.counts),
    run.catalog_version,
  ]));
}

/** `3 changed, 1 held`. */
export function differences({ added, changed, removed, rejected, held }) {
  const parts = [[added, "added"], [changed, "changed"], [removed, "gone"], [rejected, "refused"], [held, "held"]];
  return parts.filter(([number]) => number).map(([number, word]) => `${number.toLocaleString("en")} ${word}`).join(", ");
}

/** Draws the panel. */
export class RunsPanel {
  constructor(panel, openRun) {
    this.panel = panel;
    this.openRun = openRun;
  }

  draw({ runs }) {
    // Drawn anew only when something is new: whoever reads has the table as it was.
    const signature = JSON.stringify([runs.all.length, runs.all.slice(0, 60)]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.panel.hidden = false;
    refill(this.panel,
      h("h2", { id: "runs-title" }, "Sync runs"),
      runs.all.length
        ? inPortions(runs.all, (some) => runsTable(`${count(runs.all.length, "run")} loaded, newest first`, some, this.openRun, "run"), 10)
        : h("p", {}, "No run is on record yet."),
      sameAsJson("/v1/sync-runs"));
  }
}
