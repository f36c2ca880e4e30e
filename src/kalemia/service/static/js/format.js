/** Numbers and sentences as people read them. */

import { here } from "./wording.js";

/**
 * @param {number|null|undefined} value
 * @param {number} decimals
 * @returns {string} with a true minus; a dash where there is no number
 */
export function fixed(value, decimals) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−");
}

/**
 * @param {number} value
 * @param {number} decimals
 * @returns {string} with its sign
 */
export function signed(value, decimals) {
  const text = fixed(value, decimals);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/**
 * @param {string} text
 * @returns {string} the same in the words of this page, with a capital letter and a full stop
 */
export function sentence(text) {
  const said = here(text);
  return `${said.slice(0, 1).toUpperCase()}${said.slice(1).replace(/\.$/, "")}.`;
}

/**
 * @param {number} count
 * @param {string} noun
 * @returns {string} such as "1 beat" or "2 beats"
 */
export function counted(count, noun) {
  const ending = noun.endsWith("x") ? "es" : "s";
  return `${count} ${noun}${count === 1 ? "" : ending}`;
}

/**
 * @param {number} ms from R
 * @returns {string} such as "40 ms before R"
 */
export function aroundR(ms) {
  if (Math.round(ms) === 0) return "at R";
  return `${fixed(Math.abs(ms), 0)} ms ${ms < 0 ? "before" : "after"} R`;
}
