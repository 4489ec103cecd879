// The boards of the quote: one is added at a time, and stands in a list from where it can be taken away.

import { byId, fill, h, tag } from "./dom.js";
import { token } from "./api.js";
import { nameOf } from "./quote-words.js";

/** The most boards of a quote. */
const MOST = 50;

/** The part of the page that chooses boards: `ids` are the chosen ones, which it changes in place. */
export class Boards {
  #ids;
  #tell;
  #say;
  #known = new Map(); // what is known of a board, by id: its name and fee
  #wrong = new Set();

  /** `tell` is called when the boards have changed; `say` says what is seen in the list to who does not see it. */
  constructor(ids, tell, say) {
    [this.#ids, this.#tell, this.#say] = [ids, tell, say];
    const picker = byId("picker");
    picker.request = (url, options = {}) => {
      const headers = new Headers({ Accept: "application/json", ...options.headers });
      if (token.get()) headers.set("Authorization", `Bearer ${token.get()}`);
      return fetch(url, { ...options, headers });
    };
    // What was asked before this function was there had no token.
    if (token.get()) picker.reload?.();
    picker.addEventListener("change", (event) => {
      const board = event.detail?.board;
      if (!board) return;
      this.#add(board);
      // When the element is done with its choice.
      setTimeout(() => picker.clear());
    });
    this.show();
  }

  #add({ value: id, label, fee_label: fee }) {
    this.#known.set(id, { name: label, fee });
    if (this.#ids.includes(id)) return this.#refuse(`${label} is in the quote already.`);
    if (this.#ids.length >= MOST) return this.#refuse(`A quote takes at most ${MOST} boards. Remove one first.`);
    this.#refuse("");
    this.#ids.push(id);
    this.show();
    this.#say(`${label} added.`);
    this.#tell();
  }

  /** Says to everybody why a board is not added: else the field goes blank, and that is all. */
  #refuse(why) {
    fill(byId("board-said"), why);
  }

  #remove(id) {
    const position = this.#ids.indexOf(id);
    this.#refuse("");
    this.#ids.splice(position, 1);
    this.show();
    this.#say(`${this.#name(id)} removed.`);
    const left = byId("chosen").querySelectorAll("button");
    (left[Math.min(position, left.length - 1)] ?? byId("picker")).focus();
    this.#tell();
  }

  /** Takes the names from a quote, for boards that came with the address. */
  learn(quote) {
    for (const board of quote.boards) {
      if (!this.#known.has(board.id)) this.#known.set(board.id, { name: nameOf(board), fee: null });
    }
    this.#wrong.clear();
    this.show();
  }

  /** Marks the boards that the service does not know. */
  mark(errors) {
    const isWrong = (id) => errors.some(({ parameter, detail }) => parameter === "board" && detail.includes(`"${id}"`));
    this.#wrong = new Set(this.#ids.filter(isWrong));
    this.show();
  }

  #name(id) {
    return this.#known.get(id)?.name ?? `Board ${id}`;
  }

  /** Shows the list; the focus stays on the button that had it. */
  show() {
    const held = document.activeElement?.closest?.("#chosen li")?.dataset.id;
    fill(byId("chosen"), this.#ids.map((id) => this.#item(id)));
    if (held !== undefined) byId("chosen").querySelector(`[data-id="${CSS.escape(held)}"] button`)?.focus();
  }

  #item(id) {
    const fee = this.#known.get(id)?.fee;
    return h("li", { dataset: { id } },
      h("span", {}, this.#name(id), fee && h("span", { className: "small soft" }, fee),
        this.#wrong.has(id) && tag("bad", "×", "Not in the list")),
      h("button", { type: "button", className: "plain", "aria-label": `Remove ${this.#name(id)}`, onclick: () => this.#remove(id) }, "Remove"));
  }
}
