// The select has a value only while the text is the label of that board.

const OPTIONS = new URL("/v1/boards/options", import.meta.url);
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");
const ROWS = 100;
const SIGNS = { charged: "●", none: "○", unpublished: "…", unknown: "?" };
const STEPS = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
const PASSED_ON = ["name", "required", "disabled"]; // to the select

const STYLE = new CSSStyleSheet();
STYLE.replaceSync(`
:host { display: inline-grid; position: relative; width: 28rem; max-width: 100% }
:host([show-fee]) .fee { min-height: 1lh }
[hidden], .native > .field, .native > .popup { display: none !important }
.base { min-width: 0; --ink: var(--ptf-ink, FieldText); --ground: var(--ptf-ground, Field); --soft: color-mix(in srgb, var(--ink) 70%, var(--ground));
  --accent: var(--ptf-accent, light-dark(#056, #6cc)); --bad: var(--ptf-bad, light-dark(#a00, #f99)) }
.base:not(.native) ::slotted(select) { position: absolute !important; inset: 0 0 auto !important; height: 2.5rem !important;
  opacity: 0 !important; pointer-events: none; contain: strict }
::slotted(select) { max-width: 100% }
.field, .popup { color: var(--ink); background: var(--ground); border: 1px solid var(--ptf-line, var(--soft)); border-radius: var(--ptf-radius, 6px) }
.field { display: flex }
.field:focus-within, button:focus-visible { outline: 3px solid var(--accent) }
.field:has([aria-invalid=true]) { border-color: var(--bad) }
.field::after { content: "▾"; padding: .5rem; pointer-events: none }
input { flex: 1; height: 2.5rem; padding: 0 .6rem; outline: 0 }
input, button { font: inherit }
.field > * { color: inherit; background: none; border: 0; min-width: 1.5rem }
::placeholder { color: var(--soft); opacity: 1 }
:disabled { opacity: .6 }
.popup { position: absolute; z-index: 99; inset: 2.8rem 0 auto }
.list { max-height: 17rem; overflow: auto; position: relative }
.option { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: .4rem .6rem }
.more { padding: 0 .6rem }
.option:hover { background: color-mix(in srgb, var(--accent) 9%, var(--ground)) }
.option[aria-selected=true] { outline: 3px solid var(--accent); outline-offset: -3px; background: color-mix(in srgb, var(--accent) 20%, var(--ground)) }
.chosen { font-weight: 600 }
.message { color: var(--bad) }
.live { position: absolute; overflow: hidden; width: 1px; height: 1px }`);

function h(tag, part, attributes, ...children) {
  const element = document.createElement(tag);
  element.part = element.className = part;
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

const fold = (text) =>
  " " + text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

class BoardSelect extends HTMLElement {
  static observedAttributes = [...PASSED_ON, "value", "placeholder", "show-fee", "src", "state"];

  #select = document.createElement("select");
  #first; // what a reset goes back to
  #pending = null; // what waits for the list
  #told = ""; // by the last change event
  #seen = ""; // what is shown
  #boards;
  #isOther; // list is asked for
  #folded;
  #shown = [];
  #active = -1;
  #loading;
  #isAdopted = false;
  #loadedAt = null;
  #failed = false;
  #timer;
  #look;
  #ends;
  #watch = new MutationObserver(() => this.#arrange());

  #input = h("input", "input", {
    role: "combobox", "aria-controls": "list", "aria-autocomplete": "list",
    "aria-describedby": "fee message", autocomplete: "off", spellcheck: false,
  });
  #clear = h("button", "clear", { type: "button", "aria-label": "Clear" }, "×");
  #list = h("div", "list", { id: "list", role: "listbox", "aria-label": "Boards" });
  #more = h("div", "more");
  #popup = h("div", "popup", {}, this.#list, this.#more);
  #fee = h("div", "fee", { id: "fee" });
  #message = h("div", "message", { id: "message", role: "status" });
  #notice = h("span", "notice", { role: "status" });
  #retry = h("button", "retry", { type: "button", hidden: "" }, "Try again");
  #live = h("div", "live", { role: "status" });
  #base = h("div", "base", {}, h("div", "field", {}, this.#input, this.#clear), this.#popup,
    h("slot", ""), this.#fee, this.#message, this.#notice, this.#retry, this.#live);

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [STYLE];
    root.append(this.#base);
    this.#close();
    const input = this.#input;
    input.oninput = (event) => {
      event.stopPropagation(); // no board
      this.#edit();
    };
    input.onkeydown = (event) => this.#press(event);
    input.onclick = () => this.#popup.hidden && this.#open();
    input.onfocus = () => this.#arrange();
    input.onblur = () => this.#commit();
    this.#clear.onclick = () => this.#wipe();
    this.#retry.onclick = () => this.reload();
    this.#popup.onmousedown = this.#clear.onmousedown = (event) => event.preventDefault(); // keeps the focus
    this.#list.onclick = ({ target }) => {
      const row = target.closest("[id^=row]");
      if (row) this.#choose(this.#shown[row.id.slice(3)]);
    };
    root.addEventListener("slotchange", () => this.#adopt());
  }

  request(url, options) {
    return fetch(url, options);
  }

  get value() {
    return this.#select.value;
  }

  set value(value) {
    this.#pending = `${value ?? ""}`;
    this.#settle();
  }

  get board() {
    return this.#boards?.find(({ value }) => value === this.value) ?? null;
  }

  clear() {
    this.value = "";
  }

  reload() {
    return this.#load({ cache: "no-cache" });
  }

  focus(options) {
    (this.#isNative ? this.#select : this.#input).focus(options);
  }

  connectedCallback() {
    this.#ends = new AbortController();
    const listen = (target, name, heed) => target.addEventListener(name, heed, { signal: this.#ends.signal, capture: true });
    const root = this.getRootNode();
    listen(root, "reset", (event) => event.target === this.#select.form &&
      setTimeout(() => event.defaultPrevented || (this.value = this.#first)));
    listen(document, "DOMContentLoaded", () => this.#adopt());
    listen(window, "pagehide", () => this.#keep(this.#pending ?? this.value));
    // Nothing tells of `select.value = x`.
    this.#look = setInterval(() => this.#catchUp(), 200);
    this.#watch.observe(root, { subtree: true, attributeFilter: ["disabled", "required", "for", "aria-label", "aria-invalid", "aria-describedby"] });
    if (Object.hasOwn(this, "value")) { // from before this script
      this.#pending = this.value;
      delete this.value;
    }
    this.#adopt();
    this.#arrange();
    this.#load();
  }

  disconnectedCallback() {
    this.#ends.abort();
    clearInterval(this.#look);
    this.#watch.disconnect();
    this.#loading?.abort();
    this.#loading = null;
    this.#close();
  }

  attributeChangedCallback(name, before, now) {
    if (name === "src" || name === "state") {
      this.#isOther ||= now !== before;
      if (this.isConnected) this.#load();
    } else if (name === "placeholder") this.#input.placeholder = now ?? "";
    else if (PASSED_ON.includes(name)) {
      if (now !== null) this.#select.setAttribute(name, now);
      else if (before !== null) this.#select.removeAttribute(name);
    } else {
      this.#catchUp();
      if (name === "value") this.#pending = this.#first = now ?? "";
      this.#fill();
      this.#settle();
    }
  }

  #adopt() {
    if (document.readyState === "loading") return; // the select may follow
    const before = this.#select;
    const select = this.querySelector("select") ?? this.appendChild(before);
    if (select === before && this.#isAdopted) return;
    const preset = select.querySelector("[selected]");
    this.#select = select;
    for (const name of PASSED_ON) this.attributeChangedCallback(name, null, this.getAttribute(name));
    if (!this.#isAdopted) {
      this.#first ??= preset?.value ?? "";
      if (document.readyState !== "complete") this.#pending = this.#keep() ?? this.#pending;
    }
    this.#isAdopted = true;
    this.#pending ??= preset ? null : before.value || null;
    for (const name of ["input", "change", "invalid", "focus"]) select.addEventListener(name, this);
    this.#fill();
    this.#settle();
  }

  handleEvent(event) {
    const { type } = event;
    if (type === "invalid") this.#complain(this.#select.validationMessage);
    else if (type === "focus") this.focus();
    else {
      event.stopPropagation(); // the element tells of it
      this.#follow();
      this.#tell(type);
    }
  }

  /** Browsers restore only the page's options. */
  #keep(value) {
    const root = this.getRootNode();
    const keyOf = ({ form, name, id }) => [root.host?.id, form?.id, form?.action, name, id] + location;
    const key = keyOf(this.#select);
    const alike = [...root.querySelectorAll("select")].filter((select) => keyOf(select) === key);
    try {
      if (alike[1] || root.host?.id === "") delete sessionStorage[key]; // whose is it?
      else if (value !== undefined) sessionStorage[key] = value;
      else if (/back|reload/.test(performance.getEntriesByType("navigation")[0].type)) return sessionStorage[key];
    } catch {}
  }

  async #load(options) {
    this.#loading?.abort();
    const mine = this.#loading = new AbortController();
    await null; // for other attributes
    if (mine !== this.#loading) return;
    let detail;
    try {
      const url = new URL(this.getAttribute("src") ?? OPTIONS, document.baseURI);
      const state = this.getAttribute("state");
      if (state) url.searchParams.set("state", state);
      const signal = AbortSignal.any([mine.signal, AbortSignal.timeout(20_000)]);
      const response = await this.request(url.href, { signal, ...options });
      if (!response.ok) throw new Error(`${url}: ${response.status}`);
      const { options: boards, catalog_version: catalogVersion } = await response.json();
      if (mine !== this.#loading) return;
      this.#take(boards);
      detail = { count: boards.length, catalogVersion };
    } catch (error) {
      if (mine !== this.#loading) return;
      if (this.#boards && this.#isOther) {
        this.#pending ||= this.value;
        this.#boards = this.#loadedAt = null;
        this.#select.length = 1;
        if (this.#pending) this.#settle();
      }
      detail = { error, lastLoadedAt: this.#loadedAt };
    }
    const failed = this.#failed = "error" in detail;
    const at = this.#loadedAt?.toLocaleTimeString([], { timeStyle: "short" });
    this.#notice.textContent = !failed ? "" : at ? `List from ${at}, could not be refreshed ` : "The list could not be loaded ";
    if (!failed && this.#retry.matches(":focus")) this.focus();
    this.#retry.hidden = !failed;
    this.#arrange();
    if (!this.#popup.hidden) this.#open();
    this.dispatchEvent(new CustomEvent(failed ? "error" : "load", { detail }));
  }

  #take(boards) {
    this.#catchUp();
    const folded = boards.map(({ label, states }) => fold(`${label} ${states}`));
    const value = this.value;
    const label = this.#label;
    const isTyped = !value && this.#pending === null;
    this.#boards = boards;
    this.#folded = folded;
    this.#isOther = false;
    this.#loadedAt = new Date();
    this.#fill();
    if (value && !this.board) {
      this.#input.value = this.#isNative ? "" : label;
      this.#refresh();
      this.#complain(`${label} is not offered any more: pick another board`);
      this.#tell("input");
      this.#tell("change");
    } else if (!isTyped) this.#settle();
    else if (!this.#input.matches(":focus")) this.#commit();
  }

  #fill() {
    const kept = this.value;
    if (!this.#boards) return;
    const none = this.#select.querySelector("[value='']")?.text ?? "Choose a board";
    this.#select.replaceChildren(new Option(none, ""), ...this.#boards.map(({ label, fee_label, value }) =>
      new Option(this.#withFee ? `${label} · ${fee_label}` : label, value, value === this.#first)));
    this.#pick(kept);
  }

  #pick(value) {
    this.#select.value = value;
    if (!this.value) this.#select.value = "";
  }

  get #label() {
    return this.board?.label ?? (this.value && this.#select.selectedOptions[0].text);
  }

  #settle() {
    const wanted = this.#pending;
    if (wanted !== null) {
      this.#pick(wanted);
      if (this.#boards || this.value === wanted) this.#pending = null;
    }
    this.#sync();
    if (wanted && !this.value && !this.#pending) this.#complain("The board chosen before is not offered any more: pick another board");
  }

  #sync() {
    this.#input.value = this.#label;
    this.#told = this.value;
    this.#refresh();
  }

  #catchUp() {
    if (this.value !== this.#seen) this.#follow();
  }

  #follow() {
    this.#pending = null;
    this.#sync();
  }

  get #withFee() {
    return this.hasAttribute("show-fee");
  }

  #feeOf(board) {
    return board && this.#withFee ? `${SIGNS[board.status]} ${board.fee_label}` : "";
  }

  #refresh() {
    const text = this.#input.value.trim();
    this.#seen = this.value;
    this.#complain("");
    this.#clear.hidden = !(this.#input.value || this.#pending);
    this.#fee.textContent = this.#feeOf(this.board);
    this.#select.setCustomValidity(this.#pending ? "The list of boards is not there yet"
      : text && !this.value ? "No board chosen: pick one from the list" : "");
  }

  #complain(text) {
    this.#message.textContent = text;
    this.#arrange();
  }

  #tell(name) {
    const board = this.board;
    if (name === "change") this.#told = this.value;
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { board, status: board?.status ?? null } }));
  }

  #put(value) {
    const before = this.value;
    const told = this.#told;
    this.#close();
    this.#select.value = value;
    this.#follow();
    if (value !== before) this.#tell("input");
    if (value !== told) this.#tell("change");
  }

  #choose(board) {
    this.#put(board.value);
    this.#say(this.#feeOf(board));
  }

  #wipe() {
    this.#put("");
    this.focus();
  }

  #edit() {
    const isOff = this.value && this.#input.value !== this.#label;
    this.#pending = null;
    if (isOff) this.#select.value = "";
    this.#refresh();
    this.#open();
    if (isOff) this.#tell("input");
  }

  /** On leaving: the label of one board counts. */
  #commit() {
    const text = this.#input.value.trim();
    const whole = fold(text);
    this.#close();
    if (!this.value && text) {
      const same = this.#find(whole).filter(({ label }) => fold(label) === whole);
      if (same.length === 1) return this.#put(same[0].value);
      // Later: no click must miss what moves.
      this.#later(300, () => this.#complain(this.#select.validationMessage));
    }
    if (!text) this.#input.value = "";
    if (this.value !== this.#told) this.#tell("change");
  }

  get #isNative() {
    return TOUCH.matches || (this.#failed && !this.#boards && this.#select.querySelector("[value]:not([value=''])"));
  }

  #arrange() {
    const select = this.#select;
    const input = this.#input;
    const isNative = this.#base.classList.toggle("native", this.#isNative);
    select.ariaHidden = isNative ? null : "true";
    select.tabIndex = isNative ? 0 : -1;
    if (select.matches(":focus")) this.focus();
    input.disabled = this.#clear.disabled = select.matches(":disabled");
    input.ariaRequired = select.required;
    input.ariaInvalid = !!this.#message.textContent || (select.ariaInvalid ?? false);
    input.ariaDescribedByElements = [this.#fee, this.#message, ...(select.ariaDescribedByElements ?? [])];
    const words = (node) => (node === this ? "" : node.data ?? [...node.childNodes].map(words).join(""));
    input.ariaLabel = [...select.labels].map(words).join(" ").trim() || select.ariaLabel || "Board";
  }

  #find(text) {
    const words = fold(text).split(" ");
    const having = (prefix) => this.#boards.filter((_, at) => words.every((word) => this.#folded[at].includes(prefix + word)));
    return this.#boards ? [...new Set([...having(" "), ...having("")])] : [];
  }

  #open() {
    const chosen = this.board;
    const found = chosen ? [...new Set([chosen, ...this.#boards])] : this.#find(this.#input.value);
    const count = found.length;
    this.#shown = found.slice(0, ROWS);
    this.#list.replaceChildren(...this.#shown.map((board, at) =>
      h("div", board === chosen ? "option chosen" : "option", { role: "option", id: `row${at}`, "aria-selected": false },
        h("span", "label", {}, board.label), h("span", "option-fee", {}, this.#feeOf(board)))));
    this.#more.textContent = count > ROWS ? `${count - ROWS} more: type on`
      : count ? "" : this.#boards ? "No board matches" : "No list yet";
    this.#popup.hidden = false;
    this.#input.ariaExpanded = count > 0;
    this.#popup.scrollIntoView({ block: "nearest" });
    this.#move(-1);
    this.#say(this.#more.textContent || `${count} boards`);
  }

  #close() {
    this.#popup.hidden = true;
    this.#input.ariaExpanded = false;
    this.#move(-1);
  }

  #move(to) {
    const rows = this.#list.children;
    rows[this.#active]?.setAttribute("aria-selected", false);
    this.#active = to;
    rows[to]?.setAttribute("aria-selected", true);
    rows[to]?.scrollIntoView({ block: "nearest" });
    this.#input.setAttribute("aria-activedescendant", rows[to]?.id ?? "");
  }

  #press(event) {
    const { key, altKey, isComposing } = event;
    const isOpen = !this.#popup.hidden;
    const step = STEPS[key];
    if (isComposing) return;
    if (key === "Escape" && isOpen) this.#close();
    else if (key === "Escape" && !this.#clear.hidden) this.#wipe();
    else if (key === "Enter") {
      const board = this.#shown[this.#active];
      if (board) this.#choose(board);
      else this.#commit();
    } else if (step && altKey) {
      if (step < 0) this.#close();
      else this.#open();
    } else if (step && (isOpen || step ** 2 === 1)) {
      if (!isOpen) this.#open();
      this.#move(Math.max(0, Math.min(this.#shown.length - 1, this.#active + step)));
    } else {
      if (/Home|End|Left|Right/.test(key)) this.#move(-1);
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #say(text) {
    this.#later(600, () => (this.#live.textContent = text));
  }

  #later(wait, act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, wait);
  }
}

customElements.define("ptf-board-select", BoardSelect);
