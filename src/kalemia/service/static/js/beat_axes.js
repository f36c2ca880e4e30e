/** Axes in milliseconds from R, the same for all that is drawn below each other. */

import { fixed } from "./format.js";
import { draw, linear, strokesPath } from "./svg.js";

export const LEFT = 44;
const RIGHT = 10;
const STEP_MS = 200;

/**
 * Where milliseconds from R lie in a drawing of a width.
 * @param {number} width px
 * @param {{fs: number, r_index: number, mean: number[]}} cycles
 */
export function timeScale(width, { fs, r_index, mean }) {
  const ms = (/** @type {number} */ sample) => ((sample - r_index) / fs) * 1000;
  const span = /** @type {[number, number]} */ ([ms(0), ms(mean.length - 1)]);
  return { x: linear(span, [LEFT, width - RIGHT]), ms, span, width };
}

/**
 * Upright lines at round times, with the numbers below the last drawing.
 * @param {ReturnType<typeof timeScale>} time
 * @param {number} top
 * @param {number} bottom
 * @param {boolean} isNumbered
 */
export function timeAxis({ x, span }, top, bottom, isNumbered) {
  const first = Math.ceil(span[0] / STEP_MS) * STEP_MS;
  const at = Array.from({ length: Math.floor((span[1] - first) / STEP_MS) + 1 }, (_, n) => first + n * STEP_MS);
  const lines = strokesPath(at.map((ms) => [x(ms), top, x(ms), bottom]));
  const zero = draw("path", { class: "axis-zero", d: strokesPath([[x(0), top, x(0), bottom]]) });
  const numbers = at.map((ms) => draw("text", { class: "tick", x: x(ms), y: bottom + 18, "text-anchor": "middle" }, ms === 0 ? "R" : `${fixed(ms, 0)}`));
  return [draw("path", { class: "axis-line", d: lines }), zero, ...(isNumbered ? numbers : [])];
}

/**
 * Level lines at round values, with their numbers.
 * @param {number} width
 * @param {(value: number) => number} y
 * @param {number[]} values
 * @param {(value: number) => string} words
 */
export function valueAxis(width, y, values, words) {
  const lines = strokesPath(values.map((value) => [LEFT, y(value), width - RIGHT, y(value)]));
  const numbers = values.map((value) => draw("text", { class: "tick", x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, words(value)));
  return [draw("path", { class: "axis-line", d: lines }), ...numbers];
}

/**
 * Round values within a span, about so many.
 * @param {number} low
 * @param {number} high
 * @param {number} about
 */
export function roundValues(low, high, about) {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return { values: Array.from({ length: count }, (_, n) => (first + n) * step), decimals: Math.max(0, -Math.floor(Math.log10(step) + 1e-9)) };
}
