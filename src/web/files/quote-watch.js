// A page that stays open: its quote is asked for again when its fees are no longer valid, and when somebody comes back.

/** How old a quote may be for who comes back, in milliseconds; what is no longer valid is asked for as often. */
const OLD = 5 * 60_000;
/** How often the clock is looked at. One long timer would stand still while the computer sleeps. */
const LOOK = 30_000;

/** Watches the quote that is shown, and calls `again` when it should be asked for again. */
export class Watch {
  #again;
  #since = null; // when it came or was asked for again
  #due = 0;

  constructor(again) {
    this.#again = again;
    setInterval(() => Date.now() >= this.#due && this.#ask(), LOOK);
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && Date.now() - this.#since >= OLD) this.#ask();
    });
  }

  /**
   * `quote` is there now. One of the past is watched as well: what it comes to stays, but how fresh the fees are and what
   * they come to today is said of the present.
   */
  start(quote) {
    this.#since = Date.now();
    const end = Date.parse(quote.valid_until);
    this.#due = end > this.#since ? end : this.#since + OLD;
  }

  /** There is no quote. */
  stop() {
    this.#since = null;
  }

  #ask() {
    if (this.#since === null) return;
    this.#since = Date.now();
    this.#due = this.#since + OLD;
    this.#again();
  }
}
