// Building what a page shows. Text is only ever put in as text, so that no name of a board can become markup.

/**
 * An element. `properties` go on as properties (`className`, `textContent`, `onclick`), those with a dash or a colon and
 * `role`, `for`, `list` as attributes; null, undefined and false are left out. Children are nodes or text.
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  assign(element, properties);
  element.append(...flat(children));
  return element;
}

/** The same in SVG, where everything is an attribute. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value);
  }
  element.append(...flat(children));
  return element;
}

/** A word in its tone (`good`, `warn`, `bad`, `soft`), with a sign before it: never a colour alone. */
export const tag = (tone, sign, word, more = {}) => h("span", { className: `tag ${tone}`, "data-sign": sign, ...more }, word);

/** Puts `children` in the place of what is in `parent`. */
export function fill(parent, ...children) {
  parent.replaceChildren(...flat(children));
}

/** The element of this id. */
export const byId = (id) => document.getElementById(id);

const ATTRIBUTES = new Set(["role", "for", "list", "colspan", "rowspan", "scope"]);

function assign(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (ATTRIBUTES.has(name) || name.includes("-") || name.includes(":")) element.setAttribute(name, value === true ? "" : value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else element[name] = value;
  }
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}
