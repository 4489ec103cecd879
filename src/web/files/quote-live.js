// Keeps a quote in step with what is typed: waits for a pause, gives up older requests, and lets no late answer win.

import { ApiError, askJson, unreadable } from "./api.js";

/** How long nothing must be typed, in milliseconds. */
const PAUSE = 200;

/** Asks for a quote, anew at each use: what a browser has kept is checked with the service first. */
export async function askQuote(query, signal) {
  const quote = await askJson(`/v1/quote?${query}`, { signal, cache: "no-cache" });
  if (!isQuote(quote)) throw unreadable();
  return quote;
}

/** Whether this is of the service, and not of what stands between. */
const isQuote = (answer) =>
  ["boards", "totals", "warnings"].every((name) => Array.isArray(answer?.[name])) && Boolean(answer.inputs && answer.completeness_by_channel);

/** The one quote that is wanted; `on` has `begin`, `quote` and `trouble`, told of it in turn. */
export class LiveQuote {
  #on;
  #query = null;
  #timer = 0;
  #running = null;
  #settled = Promise.resolve(null);
  #settle = () => {};

  constructor(on) {
    this.#on = on;
  }

  /** Wants the quote of `query`, after a pause; nothing where it is null. */
  want(query, pause = PAUSE) {
    this.#stop();
    this.#query = query;
    if (query === null) {
      this.#settle(null);
      this.#settled = Promise.resolve(null);
      return;
    }
    this.#await();
    this.#on.begin();
    this.#timer = setTimeout(() => this.#ask(query), pause);
  }

  /** Wants nothing, for what is typed cannot be asked: `error` says why, after a pause. */
  refuse(error) {
    this.want(null);
    this.#timer = setTimeout(() => this.#on.trouble(error), PAUSE);
  }

  /** Asks once more for what is wanted. */
  retry() {
    this.want(this.#query, 0);
  }

  /** The quote of what was typed last, when it is there; null where it could not be had. */
  settled() {
    return this.#settled;
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#running?.abort();
    this.#running = null;
  }

  /** Begins a promise for who waits; those who wait already go on waiting, for the newer answer. */
  #await() {
    if (this.#settle.open) return;
    this.#settled = new Promise((resolve) => {
      const settle = (quote) => {
        settle.open = false;
        resolve(quote);
      };
      settle.open = true;
      this.#settle = settle;
    });
  }

  async #ask(query) {
    const running = (this.#running = new AbortController());
    try {
      const quote = await askQuote(query, running.signal);
      if (running !== this.#running) return;
      this.#on.quote(quote);
      this.#settle(quote);
    } catch (error) {
      if (running !== this.#running) return;
      // First of all nobody waits any longer, whatever becomes of showing it.
      this.#settle(null);
      this.#retryLater(error);
      if (error instanceof ApiError) return this.#on.trouble(error);
      reportError(error);
      this.#on.trouble(unreadable());
    }
  }

  /** The service says when it will be there. */
  #retryLater({ status, retryAfter }) {
    if (status !== 429 && status !== 503) return;
    const seconds = Math.min(Math.max(retryAfter ?? 5, 1), 60);
    this.#timer = setTimeout(() => this.retry(), seconds * 1000);
  }
}
