// Amounts as they come: decimal text, never a float; and how often they come.

const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ",");

/** `2,500.00`. */
export function amount(text) {
  const [whole, part] = text.split(".");
  return part === undefined ? group(whole) : `${group(whole)}.${part}`;
}

/** `$2,500.00`, as the service writes amounts in its arithmetic. */
export function money(text, currency) {
  const sign = { USD: "$", CAD: "CA$" }[currency] ?? `${currency}\u00a0`;
  return sign + amount(text);
}

export const isZero = (text) => /^[0.]*$/.test(text);

/** For how long an amount is stated: `$20.00 a month`. */
export const PERIODS = { one_time: "once", monthly: "a month", quarterly: "a quarter", semiannual: "every six months", annual: "a year" };
/** How often bills come. */
export const BILLED = { one_time: "once", monthly: "monthly", quarterly: "quarterly", semiannual: "every six months", annual: "yearly" };
