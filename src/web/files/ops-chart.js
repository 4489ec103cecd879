// How the fees of a board changed over time: steps, and the same as a table.

import { fill, h, svg } from "./dom.js";
import { askJson } from "./api.js";
import { openDialog } from "./ops-dialog.js";
import { amount } from "./money.js";
import { percent, priceOf } from "./ops-fees.js";
import { refusal, sameAsJson, table } from "./ops-parts.js";
import { CAUSES, CHANNELS, moment } from "./ops-words.js";

/** Opens the fees of a board over time. */
export async function openChart(id, label) {
  const dialog = openDialog(`Fees over time: ${label}`);
  const path = `/v1/boards/${encodeURIComponent(id)}`;
  fill(dialog.body, h("p", { className: "soft" }, "Loading…"));
  try {
    const [board, history] = await Promise.all([askJson(path).catch(missing), askJson(`${path}/history?limit=500`)]);
    const series = seriesOf(board, history.versions);
    fill(dialog.body,
      series.map(drawSeries),
      series.length === 0 && h("p", {}, "No fee of this board has ever had an amount."),
      history.next_before && h("p", { className: "small soft" }, `Older than version ${history.next_before} is not shown.`),
      sameAsJson(`${path}/history`, { open: true }));
  } catch (error) {
    fill(dialog.body, refusal(error), sameAsJson(`${path}/history`, { open: true }));
  }
}

/** A board that is not in the catalog has a past all the same. */
function missing(error) {
  if (error.status === 404) return null;
  throw error;
}

/** The fees, each with what it was from when on, oldest first; `fee` is null where there was none. */
export function seriesOf(board, versions) {
  const found = new Map();
  const of = (channel, fee) => {
    const key = `${channel} ${fee.key} ${fee.currency}`;
    if (!found.has(key)) found.set(key, { channel, label: fee.label, currency: fee.currency, steps: [] });
    return found.get(key);
  };
  for (const { at, version, cause, changes } of [...versions].reverse()) {
    for (const change of changes) {
      for (const { channel, before, after } of feesOf(change)) {
        const why = { at, version, cause };
        if (before && (!after || before.currency !== after.currency)) end(of(channel, before), before, why);
        if (after) begin(of(channel, after), before, after, why);
      }
    }
  }
  for (const channel of Object.keys(CHANNELS)) {
    for (const fee of board?.[channel].fees ?? []) {
      const series = of(channel, fee);
      if (series.steps.length === 0) series.steps.push({ at: fee.source.observed_at, fee, version: null, cause: null });
    }
  }
  return [...found.values()];
}

/** The fees that a change is of: one, or those of a board that came or went. */
function* feesOf({ kind, before, after }) {
  if (kind.startsWith("fee_")) yield { channel: (after ?? before).channel, before: before?.fee, after: after?.fee };
  else if (!before || !after) {
    for (const channel of Object.keys(CHANNELS)) {
      for (const fee of before?.[channel].fees ?? []) yield { channel, before: fee };
      for (const fee of after?.[channel].fees ?? []) yield { channel, after: fee };
    }
  }
}

function begin(series, before, after, why) {
  series.label = after.label;
  if (before && before.currency === after.currency && series.steps.length === 0) {
    series.steps.push({ at: before.source.observed_at, fee: before, version: null, cause: null });
  }
  push(series, { ...why, fee: after });
}

function end(series, before, why) {
  if (series.steps.length === 0) series.steps.push({ at: before.source.observed_at, fee: before, version: null, cause: null });
  push(series, { ...why, fee: null });
}

/** The same version may tell of a fee twice: as of its board, and alone. */
function push(series, step) {
  const last = series.steps.at(-1);
  if (last?.version === step.version && last?.version !== null) series.steps.pop();
  series.steps.push(step);
}

function drawSeries(series) {
  const title = `${series.label}${series.channel === "direct" ? " (direct fee)" : ""}, ${series.currency}`;
  const rows = series.steps.map((step, nth) => {
    const before = series.steps[nth - 1]?.fee;
    return [moment(step.at), step.fee ? priceOf(step.fee) : "no such fee",
      step.fee && before && percent(before.amount, step.fee.amount),
      step.version ? `version ${step.version}, by ${CAUSES[step.cause]}` : "first seen"];
  });
  return h("section", {}, h("h3", {}, title),
    series.steps.some(({ fee }) => fee?.amount) && stepChart(series, title),
    table(`${title}: the same as a table`, ["From", "Price", "Change", "Why"], rows));
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 200, 84, 12, 14, 28];

/** Amounts are only made numbers to find their place in the picture. */
function stepChart({ steps, currency }, title) {
  const [from, to] = [Date.parse(steps[0].at), Math.max(Date.now(), Date.parse(steps.at(-1).at) + 1)];
  const amounts = [...new Set(steps.map(({ fee }) => fee?.amount).filter(Boolean))];
  const most = Math.max(...amounts.map(Number)) || 1;
  const x = (at) => LEFT + ((Date.parse(at) - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (value) => HEIGHT - BOTTOM - (Number(value) / most) * (HEIGHT - TOP - BOTTOM);
  let path = "";
  steps.forEach(({ at, fee }, nth) => {
    if (!fee?.amount) return;
    const end = steps[nth + 1] ? x(steps[nth + 1].at) : WIDTH - RIGHT;
    const joined = nth > 0 && steps[nth - 1].fee?.amount;
    path += `${joined ? "L" : "M"}${x(at).toFixed(1)} ${y(fee.amount).toFixed(1)}H${end.toFixed(1)}`;
  });
  const text = (attributes, said) => svg("text", { class: "axis", ...attributes }, said);
  const highest = amounts.reduce((a, b) => (Number(b) > Number(a) ? b : a));
  const lowest = amounts.reduce((a, b) => (Number(b) < Number(a) ? b : a));
  const marks = [...new Set([highest, ...(y(lowest) - y(highest) > 16 && HEIGHT - BOTTOM - y(lowest) > 16 ? [lowest] : [])])];
  // Within a day, the time tells the ends apart.
  const iso = (at) => new Date(at).toISOString();
  const [since, now] = [from, to].map((at) => (iso(from).slice(0, 10) === iso(to).slice(0, 10) ? `${iso(at).slice(11, 16)} UTC` : iso(at).slice(0, 10)));
  return svg("svg", { class: "chart", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}: steps from ${since} to ${now}; the table below says the same` },
    svg("path", { class: "axis-line", d: `M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}` }),
    marks.map((value) => [
      svg("path", { class: "grid", d: `M${LEFT} ${y(value)}H${WIDTH - RIGHT}` }),
      text({ x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, amount(value)),
    ]),
    text({ x: LEFT - 6, y: HEIGHT - BOTTOM + 4, "text-anchor": "end" }, "0"),
    text({ x: 4, y: TOP - 2 }, currency),
    text({ x: LEFT, y: HEIGHT - 8 }, since), text({ x: WIDTH - RIGHT, y: HEIGHT - 8, "text-anchor": "end" }, `${now}, now`),
    svg("path", { class: "steps", d: path }));
}
