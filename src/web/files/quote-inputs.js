// What is asked: the fields, the page's address, and what the service finds wrong with them, said at each.

import { byId, fill, h } from "./dom.js";

const COUNTS = [
  { name: "agents", label: "Agents", usual: "1" },
  { name: "offices", label: "Offices", usual: "1" },
  { name: "brokers", label: "Brokers", usual: "1" },
  { name: "websites", label: "Websites", usual: "1" },
  { name: "feeds", label: "Data feeds", usual: "1" },
];
const TERM = [
  { name: "term_months", label: "Months", usual: "12" },
  { name: "starts_on", label: "First day", type: "date", hint: "Today if left empty" },
];
const FIELDS = [...COUNTS, ...TERM];

/** The inputs of an address: texts, as they were typed. A field that is left out has its usual value. */
export function readAddress(search) {
  const given = new URLSearchParams(search);
  const boards = given.getAll("board").flatMap((text) => text.split(",")).map((text) => text.trim()).filter(Boolean);
  const inputs = { boards: [...new Set(boards)], catalog_version: given.get("catalog_version") ?? "" };
  for (const { name } of FIELDS) inputs[name] = given.get(name) ?? "";
  return inputs;
}

/** The inputs as a query, of the page's address as well as of the service. */
export function queryOf(inputs) {
  const query = new URLSearchParams();
  for (const board of inputs.boards) query.append("board", board);
  for (const name of [...FIELDS.map(({ name }) => name), "catalog_version"]) {
    const text = String(inputs[name] ?? "").trim();
    if (text) query.set(name, text);
  }
  return query.toString();
}

/** The inputs of exactly this quote, which gives the same whenever it is asked. */
export const inputsOf = (quote) => ({
  ...quote.inputs, starts_on: quote.starts_on, catalog_version: quote.catalog_version,
});

/** Makes the fields of `inputs`, which follow what is typed; `onInput` is told of it. */
export function makeFields(inputs, onInput) {
  fill(byId("counts"), COUNTS.map((field) => makeField(field, inputs, onInput)));
  fill(byId("term"), TERM.map((field) => makeField(field, inputs, onInput)));
}

/** Shows `inputs` in the fields once more. */
export function showFields(inputs) {
  for (const { name } of FIELDS) byId(name).value = inputs[name];
}

/** What is typed and cannot be asked, in the service's form for what is wrong with an input. */
export const incomplete = () =>
  FIELDS.filter(({ name }) => byId(name).validity.badInput).map(({ name, type }) =>
    ({ parameter: name, detail: type === "date" ? "the date is not complete, or there is no such day" : "the number is not complete" }));

function makeField({ name, label, usual, hint, type = "text" }, inputs, onInput) {
  let isComplete = true;
  const heed = () => {
    isComplete = !input.validity.badInput;
    inputs[name] = input.value;
    onInput();
  };
  const input = h("input", {
    id: name, name, type, value: inputs[name], placeholder: usual ?? "", "aria-describedby": `${hint ? `${name}-hint ` : ""}${name}-error`,
    inputMode: type === "text" ? "numeric" : "", autocomplete: "off",
    oninput: heed,
    // A date that is half typed is empty, of which no input event tells. It is a fault when it is left so.
    onblur: () => isComplete === input.validity.badInput && heed(),
    onkeyup: ({ key }) => (key === "Enter" || !isComplete) && isComplete === input.validity.badInput && heed(),
  });
  if (usual) input.addEventListener("keydown", (event) => step(event, input, usual));
  return h("div", { className: "input", "data-input": name },
    h("label", { for: name }, label), input, hint && h("p", { id: `${name}-hint`, className: "small soft hint" }, hint),
    h("p", { id: `${name}-error`, className: "error", hidden: true }));
}

/** The arrow keys count, as they do in fields for numbers; those would hide from the service what is no number. */
function step(event, input, usual) {
  const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  const now = input.value.trim() || usual;
  if (!by || !/^\d{1,7}$/.test(now)) return;
  event.preventDefault();
  input.value = String(Math.max(0, Number(now) + by));
  input.dispatchEvent(new Event("input"));
}

/**
 * Shows what is wrong at the fields, and takes away what no longer is. Gives each fault as `{ label, text, target }`,
 * where `target` is the id of the field; null where it has none.
 */
export function showFaults(errors) {
  const names = ["board", ...FIELDS.map(({ name }) => name)];
  for (const name of names) showFault(name, errors.filter((error) => error.parameter === name));
  return errors.map(({ parameter, detail }) => {
    const label = parameter === "board" ? "Boards" : FIELDS.find(({ name }) => name === parameter)?.label;
    return { label: label ?? parameter, text: plain(detail), target: names.includes(parameter) ? parameter : null };
  });
}

function showFault(name, errors) {
  const said = byId(`${name}-error`);
  said.textContent = errors.map(({ detail }) => plain(detail)).join(" ");
  said.hidden = errors.length === 0;
  const input = byId(name);
  if (errors.length) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

/** The service's words for people: what to ask an interface is of no use here. */
const plain = (detail) => {
  const text = detail.replace(/; find its id at \S+$/, "; remove it, and choose one from the list");
  return text.charAt(0).toUpperCase() + text.slice(1) + ".";
};
