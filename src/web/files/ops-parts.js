// Parts that panels share: tables that become cards on a phone, the line that says where the same is as JSON, refusals.

import { fill, h } from "./dom.js";

/**
 * A table of `columns` (texts) and `rows` (lists of cells). On a phone each row is a card whose cells carry the name of
 * their column; roles are given so that it stays a table for those who listen.
 */
export function table(caption, columns, rows) {
  const cell = (content, at) => h("td", { role: "cell", "data-label": columns[at] },
    h("div", {}, content === null || content === undefined || content === "" ? "–" : content));
  return h("table", { className: "cards", role: "table" },
    h("caption", {}, caption),
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name)))),
    h("tbody", { role: "rowgroup" }, rows.map((cells) => h("tr", { role: "row" }, cells.map(cell)))));
}

let everybodyReads = true;
/** Finds out whether reading needs no token. */
export async function findWhoReads() {
  everybodyReads = await fetch("/v1/catalog").then(({ status }) => status !== 401, () => true);
}

/** Says where the same is as JSON: a link where no token is needed, else a line for the terminal. */
export function sameAsJson(path, { open = false, more = "" } = {}) {
  const line = `curl ${more}-H "Authorization: Bearer $TOKEN" '${location.origin}${path}'`;
  return h("p", { className: "json small soft" }, "The same as JSON: ",
    open && everybodyReads ? h("a", { href: path }, path) : h("code", {}, line));
}

/** A note that is read out: what was done, or why it was not. */
export function note(tone, ...children) {
  return h("p", { className: `note ${tone}`, role: tone === "bad" ? "alert" : null }, children);
}

/**
 * Does `act` with a module that is only loaded once it is wanted. Where it cannot be loaded, that is said at the top.
 */
export async function withPart(name, act) {
  try {
    return await act(await import(`./${name}`));
  } catch (error) {
    const text = "This part of the page cannot be loaded. Is the service there?";
    fill(document.getElementById("gate"), note("bad", text, ` (${error.message})`));
    tell(text);
  }
}

/** A button that the second click of a double one and a held key do not press: they were meant for the one before it. */
export function deliberate(className, text, act) {
  const onclick = ({ detail }) => {
    if (detail < 2) act();
  };
  const onkeydown = (event) => {
    if (event.repeat) event.preventDefault();
  };
  return h("button", { type: "button", className, onclick, onkeydown }, text);
}

/** Why something was refused. */
export function refusal(error) {
  const more = error.requestId ? ` (request ${error.requestId})` : "";
  return note("bad", `${error.message}${error.status >= 500 ? more : ""}`);
}

/** Rows, a hundred at a time: `draw` makes a node of some items. */
export function inPortions(items, draw, size = 100) {
  const box = h("div", {});
  const show = (shown, focused) => {
    const left = items.length - shown;
    const more = left > 0 && h("button", { type: "button", className: "no-print", onclick: () => show(shown + size, true) },
      `Show ${Math.min(size, left)} more of ${items.length.toLocaleString("en")}`);
    fill(box, draw(items.slice(0, shown)), more);
    // The button has moved or gone: whoever pressed it goes on from here.
    if (focused) (more || box.querySelector("button, a"))?.focus();
  };
  show(size, false);
  return box;
}

/** Puts `children` into `panel` without taking the focus from where it is: what has it is found again by its key. */
export function refill(panel, ...children) {
  const held = panel.contains(document.activeElement) ? document.activeElement : null;
  const key = held?.dataset.key;
  fill(panel, ...children);
  if (key) panel.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
}

let toldAt = 0;
/**
 * Has something read out that is seen without: by the dialog on top, as what is under it is out of reach. What is told at
 * nearly the same time is told together: neither is lost.
 */
export function tell(text) {
  const regions = [...document.querySelectorAll("[role=status].news")];
  const region = regions.findLast((region) => region.closest("dialog[open]")) ?? regions[0];
  const isTogether = Date.now() - toldAt < 3000 && region.textContent;
  region.textContent = isTogether ? `${region.textContent} ${text}` : text;
  toldAt = Date.now();
}
