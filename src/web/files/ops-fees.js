// Fees in words, and by how much they differ: a percentage is worked out from whole numbers.

import { BILLED, PERIODS, amount } from "./money.js";

/** The digits of `text` as a whole number of its last place, and how many places there are. */
function parse(text) {
  const found = /^(-?\d+)(?:\.(\d+))?$/.exec(text ?? "");
  if (!found) return null;
  const [, whole, part = ""] = found;
  return { units: BigInt(whole + part), places: part.length };
}

/** By how much `after` is above `before`: `+25 %`, `−3.5 %`; null where nothing can be said, as from nothing. */
export function percent(before, after) {
  const [old, now] = [parse(before), parse(after)];
  if (!old || !now || old.units === 0n) return null;
  const places = Math.max(old.places, now.places);
  const scaled = ({ units, places: own }) => units * 10n ** BigInt(places - own);
  const [from, to] = [scaled(old), scaled(now)];
  if (from === to) return null;
  const difference = to - from;
  const size = difference < 0n ? -difference : difference;
  // Tenths of a percent, rounded half up.
  const tenths = (size * 2000n + from) / (2n * from);
  const text = tenths === 0n ? "< 0.1" : `${amount(String(tenths / 10n))}${tenths % 10n ? `.${tenths % 10n}` : ""}`;
  return `${difference < 0n ? "−" : "+"}${text}\u00a0%`;
}

/** What a fee costs, on one line: `25.00 USD per agent a month, first 5 free`. */
export function priceOf(fee) {
  const parts = [];
  if (fee.tiers?.length) parts.push(`${tiersOf(fee)} ${fee.currency}`);
  else if (fee.amount_max) parts.push(`${amount(fee.amount)} to ${amount(fee.amount_max)} ${fee.currency}`);
  else parts.push(fee.amount === null || fee.amount === undefined ? "no amount" : `${amount(fee.amount)} ${fee.currency}`);
  if (fee.basis !== "account") parts.push(`per ${fee.basis}`);
  parts.push(PERIODS[fee.cadence] ?? fee.cadence);
  const more = [
    fee.billed && fee.billed !== fee.cadence && `billed ${BILLED[fee.billed] ?? fee.billed}`,
    fee.included > 0 && `first ${fee.included} free`,
    fee.minimum && `at least ${amount(fee.minimum)}`,
    fee.maximum && `at most ${amount(fee.maximum)}`,
    fee.effective_from && `from ${fee.effective_from}`,
    fee.effective_to && `until before ${fee.effective_to}`,
  ];
  return [parts.join(" "), ...more.filter(Boolean)].join(", ");
}

function tiersOf(fee) {
  const band = ({ up_to, unit_amount, flat_amount }) => {
    const price = [unit_amount && `${amount(unit_amount)} each`, flat_amount && `${amount(flat_amount)} flat`];
    return `${up_to === null ? "beyond" : `up to ${up_to}`}: ${price.filter(Boolean).join(" and ")}`;
  };
  return `${fee.tiers.map(band).join("; ")} (${fee.tier_mode})`;
}
