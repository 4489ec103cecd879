// <ptf-board-select>: chooses an MLS board from the service's list. A plain <select> for now.

class BoardSelect extends HTMLElement {
  static observedAttributes = ["src", "state"];

  /** Fetches; a page may put another function in its place. */
  request = (url, options) => fetch(url, options);

  #boards = new Map();
  #loading = null;

  constructor() {
    super();
    this.attachShadow({ mode: "open" }).append(document.createElement("slot"));
  }

  connectedCallback() {
    if (!this.#select) this.append(document.createElement("select"));
    this.#select.addEventListener("change", (event) => {
      event.stopPropagation();
      this.#tell();
    });
    this.reload();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.reload();
  }

  get #select() {
    return this.querySelector("select");
  }

  get value() {
    return this.#select?.value ?? "";
  }

  set value(value) {
    this.#select.value = value;
  }

  get board() {
    return this.#boards.get(this.value) ?? null;
  }

  focus() {
    this.#select.focus();
  }

  clear() {
    this.value = "";
  }

  async reload() {
    this.#loading?.abort();
    const { signal } = (this.#loading = new AbortController());
    try {
      const url = new URL(this.getAttribute("src") ?? "/v1/boards/options", document.baseURI);
      if (this.getAttribute("state")) url.searchParams.set("state", this.getAttribute("state"));
      const response = await this.request(url.href, { signal });
      if (!response.ok) throw new Error(`The list answered ${response.status}.`);
      this.#show((await response.json()).options);
      this.dispatchEvent(new CustomEvent("load"));
    } catch (error) {
      if (!signal.aborted) this.dispatchEvent(new CustomEvent("error", { detail: { error } }));
    }
  }

  #show(boards) {
    const kept = this.value;
    this.#boards = new Map(boards.map((board) => [board.value, board]));
    const shown = boards.map(({ value, label, fee_label }) =>
      new Option(this.hasAttribute("show-fee") ? `${label}: ${fee_label}` : label, value));
    this.#select.replaceChildren(new Option(this.getAttribute("placeholder") ?? "", ""), ...shown);
    this.value = kept;
  }

  #tell() {
    const { board } = this;
    this.dispatchEvent(new CustomEvent("change", { bubbles: true, detail: { board, status: board?.status ?? null } }));
  }
}

customElements.define("ptf-board-select", BoardSelect);
