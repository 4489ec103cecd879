// What is wrong, in words: why there is no quote, or no newer one.

import { byId, h } from "./dom.js";
import { moment, namesOf, sizeOf, termOf } from "./quote-words.js";

/** That the quote below is the last one; `isAsked` where it is of what is typed, and could not be had anew. */
export function ofLast(last, isAsked) {
  const its = `It is the last one: ${namesOf(last)}, ${sizeOf(last.inputs)}, ${termOf(last)}.`;
  return isAsked
    ? h("p", {}, h("b", {}, "The quote below could not be brought up to date."), ` It was made ${moment(last.quoted_at)}.`)
    : h("p", {}, h("b", {}, "The quote below is not of what you typed."), ` ${its}`);
}

/** What is wrong: with the inputs, where there are `faults`; with the service otherwise, which `retry` asks again. */
export function trouble(error, faults, retry) {
  const fault = ({ target, label, text }) =>
    h("li", {}, target ? h("a", { href: `#${target}`, onclick: (event) => goTo(event, target) }, label) : label, `: ${text}`);
  if (faults.length) return [h("p", {}, "Please correct this:"), h("ul", {}, faults.map(fault))];
  return [h("p", {}, reason(error)), h("p", { className: "no-print" }, h("button", { type: "button", id: "retry", onclick: retry }, "Try again"))];
}

function goTo(event, target) {
  event.preventDefault();
  (target === "board" ? byId("picker") : byId(target)).focus();
}

/** Why there is no quote, in plain words. */
function reason({ status, code, message, retryAfter, requestId }) {
  const later = retryAfter ? ` It is asked again in ${retryAfter} seconds.` : " It is asked again in some seconds.";
  if (code === "unreadable") return `${message} Perhaps the network here wants you to sign in to it first; your inputs are kept.`;
  if (status === 0) return navigator.onLine ? "The service does not answer. It may be starting anew; your inputs are kept." : "This computer is offline. The quote comes when it is online again.";
  if (code === "not_ready") return `The service has no fees yet: its first look at the vendor’s list is under way.${later}`;
  if (status === 429) return `Too much was asked of the service in a short time.${later}`;
  if (status === 503) return `The service is busy.${later}`;
  if (status === 403) return "The token does not allow this.";
  if (status >= 500) return `The service failed: ${message}${requestId ? ` Its log knows this as ${requestId}.` : ""}`;
  return message;
}
