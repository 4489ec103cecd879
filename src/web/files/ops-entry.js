// An entry of the curated list, opened: edited, taken off, compared with what somebody else made of it meanwhile.

import { fill, h } from "./dom.js";
import { ask, askJson } from "./api.js";
import { tokenForm } from "./token-form.js";
import { entryAudit } from "./ops-audit.js";
import { may } from "./ops-data.js";
import { openDialog } from "./ops-dialog.js";
import { entryRows } from "./ops-differences.js";
import { clearErrors, fieldsOf, incomplete, showErrors } from "./ops-fields.js";
import { deliberate, note, refusal, sameAsJson, table, tell, withPart } from "./ops-parts.js";
import { noteDeed, pathOf } from "./ops-undo.js";
import { CHANNELS } from "./ops-words.js";

const EMPTY = { board: {}, override: false, status: "unknown", note: null, source: null, fees: [] };
const EMPTY_FEE = { key: "", label: "", amount: null, currency: "", cadence: "monthly", basis: "account", included: 0, tiers: [], source: {} };
/** What a new fee is in, by the country of the board; elsewhere somebody has to say. */
const CURRENCIES = { US: "USD", CA: "CAD" };

/** What is being edited and not saved yet, by path: it outlives a dialog that was closed by force. */
const unsaved = new Map();
addEventListener("beforeunload", (event) => {
  if (unsaved.size > 0) event.preventDefault();
});

/** The entry as it is now, with its tag; `entry` is null where there is none. */
async function load(path) {
  try {
    const response = await ask(path, { cache: "no-store" });
    return { entry: await response.json(), etag: response.headers.get("ETag") };
  } catch (error) {
    if (error.status === 404) return { entry: null, etag: null };
    throw error;
  }
}

/** Opens an entry by board and channel, which need not be there yet. `onSaved` is called after each change. */
export async function openEntry(id, name, page, onSaved) {
  const path = pathOf(id);
  const title = `${name}: ${CHANNELS[id.channel]}`;
  let editor = null;
  const dialog = openDialog(title, { mayClose: () => editor?.mayClose() ?? true });
  fill(dialog.body, h("p", { className: "soft" }, "Loading…"));
  try {
    const board = askJson(`/v1/boards/${encodeURIComponent(id.board_id)}`).catch(() => null);
    const entry = await load(path);
    editor = new Editor({ id, name, path, page, onSaved, dialog, country: (await board)?.country, ...entry });
    editor.show();
  } catch (error) {
    fill(dialog.body, refusal(error), sameAsJson(path));
  }
}

class Editor {
  constructor(given) {
    Object.assign(this, given);
    const kept = unsaved.get(this.path);
    this.draft = kept?.draft ?? structuredClone(this.entry ?? EMPTY);
    // What was begun on another state of the entry is put against the one it was begun on.
    if (kept) this.etag = kept.etag;
    this.restored = Boolean(kept);
    this.acceptNames = false;
  }

  get isDirty() {
    return unsaved.has(this.path);
  }

  touch() {
    unsaved.set(this.path, { draft: this.draft, etag: this.etag });
    this.question?.replaceChildren();
  }

  show(...said) {
    this.said = h("div", {}, said);
    this.question = h("div", {});
    this.form = h("form", { noValidate: true, onsubmit: (event) => this.save(event) });
    const mayEdit = may(this.page.role, "curator");
    fill(this.dialog.body, this.said, this.question,
      this.restored && note("warn", "What you had changed here and not saved is still there."),
      !mayEdit && h("p", { className: "note" }, `Changing the list needs a token of the role curator; this one's is ${this.page.role}.`),
      this.form,
      h("p", {}, h("button", { type: "button", onclick: () => withPart("ops-chart.js", ({ openChart }) => openChart(this.id.board_id, this.name)) }, "Fees over time")),
      entryAudit(`${this.id.board_id}/${this.id.channel}`, this.page.role),
      sameAsJson(this.path));
    this.draw();
    if (!mayEdit) for (const control of this.form.elements) control.disabled = true;
  }

  /** The form as the draft is; which fields there are depends on what it says. */
  draw() {
    const { draft } = this;
    draft.source ??= {};
    const fields = fieldsOf(draft, () => this.touch());
    const charged = draft.status === "charged";
    fill(this.form,
      h("div", { className: "fields" }, fields.head()),
      charged ? [draft.fees.map((fee, nth) => this.fee(fields, fee, nth)),
        h("p", {}, h("button", { type: "button", className: "add-fee", onclick: () => this.change(() => draft.fees.push(this.newFee()), `/fees/${draft.fees.length}/label`) }, "Add a fee"))]
        : h("div", { className: "fields" }, fields.unpriced()),
      h("details", {}, h("summary", {}, "The board as you describe it"),
        h("p", { className: "small soft" }, "Needed in full only where the vendor does not list the board."),
        h("div", { className: "fields" }, fields.board())),
      this.acceptNames !== false && h("div", { className: "row" },
        h("input", { type: "checkbox", id: "accept-names", checked: this.acceptNames === true, onchange: (event) => (this.acceptNames = event.target.checked || null) }),
        h("label", { for: "accept-names" }, "Save it though the vendor calls the board otherwise")),
      h("div", { className: "row" }, h("button", { className: "primary save", onclick: ({ detail }) => detail < 2 }, this.etag ? "Save" : "Put on the list"),
        this.etag && h("button", { type: "button", className: "danger", onclick: () => this.askToRemove() }, "Take off the list…")));
    this.form.querySelector('[data-pointer="/status"]').addEventListener("change", () => this.change(() => this.fitStatus(), "/status"));
  }

  /** A charged channel has a fee at least. */
  fitStatus() {
    if (this.draft.status === "charged" && this.draft.fees.length === 0) this.draft.fees.push(this.newFee());
  }

  newFee() {
    const country = this.draft.board.country ?? this.country;
    return { ...structuredClone(EMPTY_FEE), currency: CURRENCIES[country] ?? "" };
  }

  fee(fields, fee, nth) {
    const at = `/fees/${nth}`;
    fee.tiers ??= [];
    const tiered = fee.tiers.length > 0;
    const button = (className, text, act, focus) => h("button", { type: "button", className, onclick: () => this.change(act, focus) }, text);
    return h("fieldset", {}, h("legend", {}, `Fee ${nth + 1}${fee.label ? `: ${fee.label}` : ""}`),
      h("div", { className: "fields" }, fields.fee(at, { tiered })),
      tiered && h("div", { className: "fields" }, fields.tierMode(at)),
      fee.tiers.map((_, band) => h("div", { className: "fields tier", role: "group", "aria-label": `Tier ${band + 1}` }, fields.tier(`${at}/tiers/${band}`),
        button("plain", `Remove tier ${band + 1}`, () => this.removeTier(fee, band), `${at}/label`))),
      h("div", { className: "row" },
        button("plain", tiered ? "Add a tier" : "Price by tiers instead", () => this.addTier(fee), `${at}/tiers/${fee.tiers.length}/up_to`),
        button("plain", `Remove fee ${nth + 1}`, () => this.draft.fees.splice(nth, 1), "/status")),
      h("details", {}, h("summary", {}, "Note and source"), h("div", { className: "fields" }, fields.feeText(at))));
  }

  addTier(fee) {
    fee.tier_mode ??= "volume";
    Object.assign(fee, { amount: null, amount_max: null });
    fee.tiers.push({ up_to: null, unit_amount: null, flat_amount: null });
  }

  removeTier(fee, band) {
    fee.tiers.splice(band, 1);
    if (fee.tiers.length === 0) fee.tier_mode = null;
  }

  /** Changes the draft so that the form has other fields, and goes to one of them. */
  change(act, focus) {
    act();
    this.touch();
    this.draw();
    this.form.querySelector(`[data-pointer="${CSS.escape(focus)}"]`)?.focus();
  }

  /** What is sent: a charged channel's notes and sources are its fees'. */
  body() {
    const { board, override, status, note, source, fees } = this.draft;
    if (status === "charged") return { board, override, status, note: null, source: null, fees };
    return { board, override, status, note, source, fees: [] };
  }

  async save(event) {
    event?.preventDefault();
    if (this.isBusy) return;
    clearErrors(this.form);
    fill(this.said);
    const half = incomplete(this.form);
    if (half.length > 0) return this.pointOut(half);
    const headers = this.etag ? { "If-Match": this.etag } : { "If-None-Match": "*" };
    const query = this.acceptNames ? "?accept_names=true" : "";
    try {
      const [response, entry] = await this.alone(async () => {
        const response = await ask(this.path + query, { method: "PUT", headers, json: this.body() });
        return [response, await response.json()];
      });
      const etag = response.headers.get("ETag");
      noteDeed({ ...this.id, name: this.name, what: this.entry ? "changed" : "added", before: this.entry, etag });
      this.done(entry, etag, `Saved${version(response)}.`);
    } catch (error) {
      if (error.status === 412) return this.compare();
      this.refused(error, "to save", () => this.save());
    }
  }

  /** Does one thing at a time; nothing can be typed meanwhile, as it would be lost. */
  async alone(act) {
    this.isBusy = true;
    this.form.inert = true;
    try {
      return await act();
    } finally {
      this.isBusy = false;
      this.form.inert = false;
      fill(this.question);
    }
  }

  done(entry, etag, text) {
    unsaved.delete(this.path);
    Object.assign(this, { entry, etag, draft: structuredClone(entry ?? EMPTY), restored: false });
    this.show(note("good", text));
    tell(text);
    this.toTop();
    this.onSaved();
  }

  /** Goes to where it is said what came of it. */
  toTop() {
    const { dialog } = this.dialog;
    dialog.scrollTop = 0;
    dialog.querySelector("h2").focus();
  }

  /** Says why nothing was done; where the token is no good, `again` is done with another one. */
  refused(error, purpose, again) {
    if (error.status === 401) return this.askForToken(purpose, again);
    if (error.status !== 400) {
      fill(this.said, refusal(error));
      return this.toTop();
    }
    if (error.errors.some(({ pointer }) => pointer === "/board/name") && this.acceptNames === false) {
      this.acceptNames = null;
      this.draw();
    }
    this.pointOut(error.errors);
  }

  askForToken(purpose, again) {
    const goOn = async () => {
      fill(this.said);
      await this.alone(() => this.page.begin());
      again();
    };
    const text = `This token is no longer accepted. Show another ${purpose}.`;
    fill(this.said, h("div", { role: "group", "aria-label": "Another token" }, tokenForm(text, goOn, "another-token")));
    tell(text);
    this.said.querySelector("input").focus();
  }

  /** Says at each field what is wrong with it, and goes to the first. */
  pointOut(errors) {
    const homeless = showErrors(this.form, errors);
    fill(this.said, note("bad", "Nothing was saved. ", homeless.length ? homeless.join("; ") : "The fields that need correcting say why."));
    const wrong = this.form.querySelector('[aria-invalid="true"]');
    if (wrong) wrong.focus();
    else this.toTop();
  }

  /**
   * Somebody was faster: theirs beside mine, to take or to overrule knowingly. Mine is what is in the form, or where I
   * wanted to take the entry off, that there is none.
   */
  async compare(removing = false) {
    let theirs;
    try {
      theirs = await this.alone(() => load(this.path));
    } catch (error) {
      return this.refused(error, "to see what somebody changed", () => this.compare(removing));
    }
    if (removing && !theirs.entry) return this.done(null, null, "Somebody has taken it off the list already.");
    const take = () => {
      unsaved.delete(this.path);
      if (!theirs.entry) return this.dialog.close();
      Object.assign(this, theirs, { draft: structuredClone(theirs.entry), restored: false });
      this.show(note("good", removing ? "This is theirs. It stays on the list." : "This is theirs. What you had changed is dropped."));
      this.toTop();
    };
    const overrule = () => {
      Object.assign(this, theirs);
      if (removing) this.remove();
      else this.save();
    };
    const words = removing
      ? { left: "Nothing was taken off yet.", mine: "Off the list", take: "Keep theirs", overrule: "Take theirs off" }
      : { left: "Nothing of yours was saved yet.", mine: "Yours", take: theirs.entry ? "Take theirs" : "Leave it off the list", overrule: "Put mine on top of theirs" };
    const title = theirs.entry ? "Somebody changed this entry since you opened it" : "Somebody took this entry off the list since you opened it";
    const rows = entryRows(theirs.entry, removing ? null : this.body()).map(({ what, before, after, change }) => [what, before, after, change]);
    const first = deliberate("take", words.take, take);
    fill(this.said, h("div", { className: "decide", role: "group", "aria-labelledby": "conflict" },
      h("h3", { id: "conflict" }, title), h("p", {}, words.left),
      table(`Theirs, as it is now, and ${words.mine.toLowerCase()}`, ["What", "Theirs", words.mine, "Change"], rows),
      h("div", { className: "row" }, first, deliberate("danger overrule", words.overrule, overrule))));
    tell(`${title}. ${words.left}`);
    first.focus();
  }

  askToRemove() {
    const keep = deliberate("", "Keep it", () => fill(this.question));
    fill(this.question, h("div", { className: "decide" }, h("h3", {}, "Take this entry off the list?"),
      h("p", {}, "Where the vendor says something of this channel, that counts again; elsewhere nothing is known of it. It can be undone."),
      h("div", { className: "row" }, keep, deliberate("danger", "Take it off", () => this.remove()))));
    keep.focus();
  }

  async remove() {
    if (this.isBusy) return;
    fill(this.question);
    fill(this.said);
    try {
      const response = await this.alone(() => ask(this.path, { method: "DELETE", headers: { "If-Match": this.etag } }));
      noteDeed({ ...this.id, name: this.name, what: "taken off", before: this.entry, etag: null });
      this.done(null, null, `Taken off the list${version(response)}.`);
    } catch (error) {
      if (error.status === 412) return this.compare(true);
      this.refused(error, "to take it off", () => this.remove());
    }
  }

  /** Closing with something unsaved is asked about. */
  mayClose() {
    if (this.isBusy) {
      fill(this.question, note("", "It is being sent. A moment…"));
      return false;
    }
    if (!this.isDirty) return true;
    const keep = h("button", { type: "button", className: "primary", onclick: () => { fill(this.question); this.form.querySelector("select").focus(); } }, "Keep editing");
    fill(this.question, h("div", { className: "decide", role: "alert" }, h("h3", {}, "Close without saving?"),
      h("div", { className: "row" }, keep,
        h("button", { type: "button", className: "keep", onclick: () => this.dialog.close() }, "Close, keep it in this tab"),
        h("button", { type: "button", className: "danger discard", onclick: () => { unsaved.delete(this.path); this.dialog.close(); } }, "Discard what I changed"))));
    keep.focus();
    return false;
  }
}

function version(response) {
  const number = response.headers.get("Catalog-Version");
  return number ? `: catalog version ${number}` : "";
}
