// The last ninety days, a cell a day, by the worst that happened; one stop of the Tab key, then arrows.

import { h } from "./dom.js";
import { runsTable } from "./ops-runs.js";
import { refill, sameAsJson } from "./ops-parts.js";
import { count, DAY, dayName, OUTCOMES, outcomeTag } from "./ops-words.js";

export const DAYS = 90;

/** The day `back` days ago, in UTC: `2026-11-26`. */
export const dayBack = (back) => new Date(Date.now() - back * DAY).toISOString().slice(0, 10);

/** The runs of each day, oldest day first. */
function byDay(runs) {
  const days = new Map(Array.from({ length: DAYS }, (_, back) => [dayBack(DAYS - 1 - back), []]));
  for (const run of runs) days.get(run.started_at.slice(0, 10))?.push(run);
  return days;
}

const worst = (runs) => runs.reduce((a, b) => (OUTCOMES[b.outcome].rank > OUTCOMES[a.outcome].rank ? b : a));

/** Draws the panel. */
export class Days {
  constructor(panel, openRun) {
    this.panel = panel;
    this.openRun = openRun;
    this.chosen = null;
    this.at = null;
  }

  draw(page) {
    const { runs } = page;
    const signature = JSON.stringify([runs.all.length, runs.all.slice(0, 60), runs.next, dayBack(0), page.reaching]);
    if (signature === this.signature) return;
    this.signature = signature;
    this.page = page;
    this.days = byDay(runs.all);
    if (!this.days.has(this.at)) this.at = dayBack(0);
    const since = runs.next ? runs.all.at(-1)?.started_at.slice(0, 10) : null;
    this.panel.hidden = false;
    refill(this.panel,
      h("h2", { id: "days-title" }, `The last ${DAYS} days`),
      h("p", { className: "soft small", id: "days-help" },
        `A cell is a day (UTC), from ${dayName(dayBack(DAYS - 1))} to today, by the worst outcome of its runs. Choose one to see its runs; the arrow keys go from day to day.`),
      h("div", { className: "days", role: "group", "aria-labelledby": "days-title", "aria-describedby": "days-help", onkeydown: (event) => this.move(event) },
        [...this.days].map(([day, its]) => this.cell(day, its, since && day < since))),
      page.reaching ? h("p", { className: "small", role: "status" }, `Loading older runs: ${page.reaching} so far`)
        : since && since > dayBack(DAYS - 1) && h("p", { className: "small" }, `Runs before ${dayName(since)} are not loaded. `,
          h("button", { type: "button", className: "plain", "data-key": "older", onclick: page.reach }, "Load more")),
      this.legend(), (this.list = h("div", { "aria-live": "polite" })),
      sameAsJson("/v1/sync-runs?limit=500"));
    this.show();
  }

  cell(day, runs, isUnknown) {
    const said = runs.length ? worst(runs).outcome : isUnknown ? "not loaded" : "no run";
    const { tone, sign } = OUTCOMES[said] ?? { tone: "none", sign: isUnknown ? "?" : "" };
    return h("button", {
      type: "button", className: `day ${tone}`, "data-key": `day-${day}`, "data-day": day, tabIndex: day === this.at ? 0 : -1,
      "aria-pressed": String(day === this.chosen), title: `${dayName(day)}: ${said}`,
      "aria-label": `${dayName(day)}: ${said}${runs.length ? `, ${count(runs.length, "run")}` : ""}`, onclick: () => this.choose(day),
    }, h("span", { "aria-hidden": "true" }, sign));
  }

  legend() {
    const tallies = new Map();
    for (const runs of this.days.values()) {
      const outcome = runs.length ? worst(runs).outcome : "no run";
      tallies.set(outcome, (tallies.get(outcome) ?? 0) + 1);
    }
    return h("p", { className: "row small" }, [...tallies].map(([outcome, days]) =>
      h("span", {}, outcome in OUTCOMES ? outcomeTag(outcome) : outcome, ` ${count(days, "day")}`)));
  }

  move(event) {
    const days = [...this.days.keys()];
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -DAYS, End: DAYS };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const to = Math.min(DAYS - 1, Math.max(0, days.indexOf(this.at) + steps[event.key]));
    this.at = days[to];
    for (const cell of this.panel.querySelectorAll(".day")) {
      cell.tabIndex = cell.dataset.day === this.at ? 0 : -1;
      if (cell.tabIndex === 0) cell.focus();
    }
  }

  choose(day) {
    this.chosen = this.chosen === day ? null : day;
    this.at = day;
    for (const cell of this.panel.querySelectorAll(".day")) {
      cell.setAttribute("aria-pressed", String(cell.dataset.day === this.chosen));
      cell.tabIndex = cell.dataset.day === day ? 0 : -1;
    }
    this.show();
  }

  show() {
    if (!this.chosen) return refill(this.list);
    const runs = this.days.get(this.chosen) ?? [];
    refill(this.list, runs.length ? runsTable(`Runs of ${dayName(this.chosen)}`, runs, this.openRun, "of-day")
      : h("p", {}, `No run began on ${dayName(this.chosen)}.`));
  }
}
