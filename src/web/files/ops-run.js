// One run, opened: why it ended as it did, what differs, and the decision about it. And one version: what it changed.

import { fill, h } from "./dom.js";
import { askJson } from "./api.js";
import { loadVersion, may } from "./ops-data.js";
import { openDialog } from "./ops-dialog.js";
import { boardRows, changeRows } from "./ops-differences.js";
import { deliberate, inPortions, note, refusal, sameAsJson, table, tell, withPart } from "./ops-parts.js";
import { differences, runsTable } from "./ops-runs.js";
import { count, moment, OUTCOMES, outcomeTag, TRIGGERS, when } from "./ops-words.js";

/** Boards beyond which what a version changed is only loaded when somebody says so: it is many megabytes. */
const MANY = 1500;

/** Opens a run. `onDecided` is called when somebody decided about it here. */
export async function openRun(id, role, onDecided) {
  const dialog = openDialog(`Run ${id}`);
  const view = new RunView(id, role, dialog.body, onDecided);
  await view.load();
}

class RunView {
  constructor(id, role, body, onDecided) {
    Object.assign(this, { id, role, body, onDecided });
  }

  /** Asks for the run, and shows it; `said` is a note that comes first. */
  async load(said = null) {
    fill(this.body, said, h("p", { className: "soft" }, "Loading…"));
    try {
      this.run = await askJson(`/v1/sync-runs/${this.id}`);
    } catch (error) {
      return fill(this.body, said, refusal(error), sameAsJson(`/v1/sync-runs/${this.id}`));
    }
    this.show(said);
  }

  show(said) {
    const { run } = this;
    this.decision = h("div", {});
    this.found = h("div", {});
    fill(this.body, said, this.outcome(), this.decision, this.found, sameAsJson(`/v1/sync-runs/${run.id}`));
    if (run.hash) this.offer();
    this.showDifferences();
  }

  outcome() {
    const { run } = this;
    return h("div", { className: "stack-small" },
      h("p", {}, outcomeTag(run.outcome), " ", OUTCOMES[run.outcome]?.means),
      run.message && h("p", { className: "note" }, h("b", {}, "Why: "), run.message),
      run.notices.length > 0 && h("details", { open: run.notices.length <= 10 },
        h("summary", {}, `${count(run.notices.length, "remark")} on values`),
        h("ul", { className: "plain-list" }, run.notices.map((line) => h("li", {}, line)))),
      h("p", { className: "small soft" }, "Began ", when(run.started_at), `, ${TRIGGERS[run.trigger] ?? run.trigger}. `,
        `${count(run.counts.boards, "board")} on ${count(run.counts.pages, "page")}; ${differences(run.counts) || "no difference"}.`),
      run.decided_at && h("p", {}, `Decided by ${run.decided_by}, ${moment(run.decided_at)}.`));
  }

  /** What may be decided, and by whom. */
  offer() {
    const { run } = this;
    const isQuarantined = run.outcome === "quarantined";
    const offer = may(this.role, "operator")
      ? h("div", { className: "row" },
        deliberate("primary approve", "Approve…", () => this.confirm("approve")),
        isQuarantined && deliberate("danger reject", "Reject…", () => this.confirm("reject")))
      : h("p", {}, `Approving and rejecting needs a token of the role operator; this one's is ${this.role}.`);
    fill(this.decision, h("div", { className: "decide" },
      h("h3", {}, "Waits for a decision"),
      h("p", { className: "small" }, "Approved by the hash of what is shown here: ", h("code", { className: "hash" }, run.hash)),
      offer,
      !isQuarantined && h("p", { className: "small soft" },
        "A held value is not rejected: the old one counts until the vendor repeats the new one often enough. To keep the old one for good, put it on the curated list with override.")));
  }

  /** Names the effect, and asks once. */
  confirm(what) {
    const { run } = this;
    const boards = count(run.differences.length, "board");
    const effect = what === "approve"
      ? `Publishes the differences of ${boards} shown below as a new version of the catalog. Every quote from then on is made with them.`
      : `Drops what run ${run.id} found. The catalog stays as it is, and quotes with it; the next run asks the vendor anew.`;
    const go = deliberate(what === "approve" ? "primary" : "danger",
      what === "approve" ? `Publish the differences of ${boards}` : `Reject what run ${run.id} found`, () => this.decide(what, go));
    const notNow = deliberate("", "Not now", () => this.back(what));
    fill(this.decision, h("div", { className: "decide", role: "group", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-effect" },
      h("h3", { id: "confirm-title" }, what === "approve" ? "Approve and publish?" : "Reject?"),
      h("p", { id: "confirm-effect" }, effect),
      h("p", { className: "small" }, "Hash: ", h("code", { className: "hash" }, run.hash)),
      h("div", { className: "row" }, notNow, go)));
    notNow.focus();
  }

  back(what) {
    this.offer();
    this.decision.querySelector(`.${what}`)?.focus();
  }

  async decide(what, button) {
    button.disabled = true;
    const { run } = this;
    try {
      const json = what === "approve" ? { hash: run.hash } : undefined;
      const decided = await askJson(`/v1/sync-runs/${run.id}/${what}`, { method: "POST", json });
      const text = what === "approve"
        ? `Approved: ${decided.catalog_version ? `version ${decided.catalog_version} is published` : "it is published"}, and quotes are made with it.`
        : "Rejected: what the run found is dropped, and quotes go on as they were.";
      await this.load(note("good", text));
      tell(text);
      this.onDecided();
    } catch (error) {
      // Somebody else decided, or the catalog has moved on: what is shown next is how it stands now.
      if (error.status === 409) {
        await this.load(note("bad", "Nothing was decided. ", error.message, " Below is how it stands now."));
        this.onDecided();
      } else {
        this.offer();
        this.decision.prepend(refusal(error));
      }
    }
    this.body.closest("dialog")?.querySelector("h2").focus();
  }

  showDifferences() {
    const { run, found } = this;
    if (run.differences.length) return fill(found, boardsTable(pendingBoards(run.differences)));
    if (!run.catalog_version) return fill(found, h("p", {}, run.hash ? "Nothing differs any more." : "It published nothing, and nothing waits: there are no differences to show."));
    const { added, changed, removed } = run.counts;
    const boards = added + changed + removed;
    if (boards <= MANY) return showVersion(found, run.catalog_version);
    fill(found, h("button", { type: "button", onclick: () => showVersion(found, run.catalog_version) },
      `Load the differences of ${count(boards, "board")}`));
  }
}

function pendingBoards(differences) {
  return differences.map(({ before, after }) => ({ id: (after ?? before).id, label: (after ?? before).label, rows: boardRows(before, after) }));
}

/** Old and new of boards, a row a difference. */
function boardsTable(boards) {
  const rows = boards.flatMap(({ id, label, rows }) => rows.map((row, nth) => [
    h("span", {}, label, nth === 0 && [" ", h("button", {
      type: "button", className: "plain small", "data-key": `chart-${id}`, onclick: () => withPart("ops-chart.js", ({ openChart }) => openChart(id, label)),
    }, "Fees over time", h("span", { className: "visually-hidden" }, ` of ${label}`))]),
    row.what, h("span", { className: "old" }, row.before ?? "–"), h("span", { className: "new" }, row.after ?? "–"),
    row.change && h("b", { className: "number" }, row.change),
  ]));
  const caption = `${count(boards.length, "board")}, ${count(rows.length, "difference")}: old to new`;
  return h("div", {}, h("h3", {}, "Differences"),
    inPortions(rows, (some) => table(caption, ["Board", "What", "Old", "New", "Change"], some)));
}

/** Shows what a version changed, in `box`. */
export async function showVersion(box, version) {
  fill(box, h("p", { className: "soft" }, `Loading what version ${version} changed…`));
  try {
    const changes = await loadVersion(version);
    const byBoard = new Map();
    for (const change of changes) byBoard.set(change.board_id, [...(byBoard.get(change.board_id) ?? []), change]);
    const boards = [...byBoard].map(([id, its]) => ({ id, label: labelOf(id, its), rows: changeRows(its) }));
    fill(box, boards.length ? boardsTable(boards) : h("p", {}, `Version ${version} changed nothing that is shown here.`),
      sameAsJson(`/v1/changes?after=${version - 1}`, { open: true }));
  } catch (error) {
    fill(box, refusal(error));
  }
}

const labelOf = (id, changes) => changes.map((change) => change.board ?? change.before).find(Boolean)?.label ?? id;

/** Opens what a version changed. */
export async function openVersion(version, page) {
  const dialog = openDialog(`What changed in version ${version}`);
  const box = h("div", {});
  const run = page.runs?.all.find((run) => run.catalog_version === version);
  fill(dialog.body, page.catalog?.version === version && h("p", {}, "Published ", when(page.catalog.changed_at), "."), box);
  await showVersion(box, version);
  if (run) box.after(runsTable(`It came of run ${run.id}`, [run], page.openRun, "cause"));
}

