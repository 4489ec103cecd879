// The fields of an entry of the curated list. Each knows its place in the entry by the JSON pointer that refusals name.

import { h } from "./dom.js";
import { BILLED } from "./money.js";
import { STATUSES } from "./ops-words.js";

const parts = (pointer) => pointer.split("/").slice(1);

export const read = (entry, pointer) => parts(pointer).reduce((value, name) => value?.[name], entry);

function write(entry, pointer, value) {
  const names = parts(pointer);
  const last = names.pop();
  names.reduce((inner, name) => (inner[name] ??= {}), entry)[last] = value;
}

const BASES = { account: "account", agent: "agent", office: "office", broker: "broker", website: "website", feed: "feed" };
const MODES = { volume: "Volume: one band prices all", graduated: "Graduated: each band its part" };

/** Makes fields of `entry`, which they change as somebody types; `onInput` is called then. */
export function fieldsOf(entry, onInput) {
  function field(pointer, label, { make = text, hint = null, wide = false, ...more } = {}) {
    const id = `f${pointer.replaceAll("/", "-")}`;
    const control = make(read(entry, pointer), (value) => {
      write(entry, pointer, value);
      onInput();
    }, more);
    control.id = id;
    control.dataset.pointer = pointer;
    control.setAttribute("aria-describedby", hint ? `${id}-hint ${id}-error` : `${id}-error`);
    const error = h("p", { className: "error small", id: `${id}-error` });
    if (make === check) return h("div", { className: "field wide" }, h("div", { className: "row" }, control, h("label", { for: id }, label)), error);
    return h("div", { className: `field${wide ? " wide" : ""}` }, h("label", { for: id }, label), control,
      hint && h("p", { className: "small soft", id: `${id}-hint` }, hint), error);
  }
  const source = (at) => [
    field(`${at}/url`, "Page that says it", { wide: true, type: "url" }),
    field(`${at}/verified_on`, "Verified on", { type: "date" }),
    field(`${at}/internal_note`, "Internal note", { make: area, hint: "Shown to staff only.", wide: true }),
  ];
  return {
    head: () => [
      field("/status", "What is known", { make: choice, options: STATUSES }),
      field("/override", "Counts even where the vendor says something else", { make: check }),
    ],
    unpriced: () => [field("/note", "Note", { make: area, hint: "Shown with every quote, word by word.", wide: true }), source("/source")],
    board: () => [
      field("/board/name", "Name", { wide: true }), field("/board/abbreviation", "Abbreviation"),
      field("/board/states", "States", { make: list, hint: "Two letters each, as in MN; WI." }),
      field("/board/country", "Country", { hint: "Two letters, as in US." }),
    ],
    fee: (at, { tiered }) => [
      field(`${at}/label`, "Label", { wide: true }), field(`${at}/key`, "Key", { hint: "Small letters, digits, _; stays the same." }),
      !tiered && field(`${at}/amount`, "Amount", { hint: "As in 20.00.", mode: "decimal" }),
      !tiered && field(`${at}/amount_max`, "Up to", { hint: "Only for a range.", mode: "decimal" }),
      field(`${at}/currency`, "Currency", { hint: "Three letters, as in USD." }),
      field(`${at}/cadence`, "For each", { make: choice, options: { one_time: "once", monthly: "month", quarterly: "quarter", semiannual: "half-year", annual: "year" } }),
      field(`${at}/billed`, "Billed", { make: choice, options: { "": "as often", ...BILLED } }),
      field(`${at}/basis`, "Per", { make: choice, options: BASES }),
      field(`${at}/included`, "Units free", { make: whole }),
      field(`${at}/minimum`, "At least", { mode: "decimal" }), field(`${at}/maximum`, "At most", { mode: "decimal" }),
      field(`${at}/effective_from`, "From", { type: "date" }), field(`${at}/effective_to`, "Until before", { type: "date" }),
    ],
    feeText: (at) => [field(`${at}/note`, "Note", { make: area, wide: true }), source(`${at}/source`)],
    tierMode: (at) => field(`${at}/tier_mode`, "How tiers apply", { make: choice, options: MODES, wide: true }),
    tier: (at) => [
      field(`${at}/up_to`, "Up to", { make: whole, empty: null, hint: "Empty: beyond." }),
      field(`${at}/unit_amount`, "Each", { mode: "decimal" }), field(`${at}/flat_amount`, "Flat", { mode: "decimal" }),
    ],
  };
}

function text(value, put, { type = "text", mode = null }) {
  // A date of which a part is missing has no value: it is not taken for none.
  const oninput = ({ target }) => target.validity.badInput || put(target.value.trim() || null);
  return h("input", { type, value: value ?? "", inputMode: mode, autocomplete: "off", oninput });
}

function area(value, put) {
  return h("textarea", { rows: 2, value: value ?? "", oninput: (event) => put(event.target.value || null) });
}

/** What is no whole number is sent as it stands, for the service to refuse at its place. */
function whole(value, put, { empty = 0 }) {
  const read = (text) => (text === "" ? empty : /^\d{1,15}$/.test(text) ? Number(text) : text);
  return h("input", { type: "text", inputMode: "numeric", autocomplete: "off", value: value ?? "", oninput: (event) => put(read(event.target.value.trim())) });
}

function list(value, put) {
  const read = (event) => put(event.target.value.split(/[;,\s]+/).filter(Boolean));
  return h("input", { type: "text", value: (value ?? []).join("; "), autocomplete: "off", oninput: read });
}

function check(value, put) {
  return h("input", { type: "checkbox", checked: Boolean(value), onchange: (event) => put(event.target.checked) });
}

function choice(value, put, { options }) {
  const select = h("select", { onchange: () => put(select.value || null) },
    Object.entries(options).map(([word, label]) => h("option", { value: word }, label)));
  select.value = value ?? "";
  return select;
}

/** Says at each field what is wrong with it; what belongs to no field of the form is given back. */
export function showErrors(form, errors) {
  clearErrors(form);
  const homeless = [];
  for (const { pointer = "", parameter, detail } of errors) {
    const control = form.querySelector(`[data-pointer="${CSS.escape(pointer)}"]`);
    if (!control) {
      homeless.push(`${pointer || parameter || "The entry"} ${detail}`);
      continue;
    }
    control.setAttribute("aria-invalid", "true");
    const error = form.querySelector(`#${CSS.escape(`${control.id}-error`)}`);
    error.textContent = [error.textContent, detail].filter(Boolean).join("; ");
    control.closest("details")?.setAttribute("open", "");
  }
  return homeless;
}

/** The fields that are only half filled in, as errors. */
export function incomplete(form) {
  const half = [...form.querySelectorAll("[data-pointer]")].filter(({ validity }) => validity.badInput);
  return half.map(({ dataset: { pointer } }) => ({ pointer, detail: "is not complete" }));
}

export function clearErrors(form) {
  for (const control of form.querySelectorAll("[aria-invalid]")) control.removeAttribute("aria-invalid");
  for (const error of form.querySelectorAll(".error")) error.textContent = "";
}
