/** By how much each part of the cycle moves the estimate. */

import { LEFT, roundValues, timeAxis, timeScale, valueAxis } from "./beat_axes.js";
import { byId } from "./dom.js";
import { aroundR, fixed, signed } from "./format.js";
import { draw, drawing, drawToWidth, linear } from "./svg.js";

const HEIGHT = 208;
const TOP = 8;
const BOTTOM = 166;
const LEAST_CHANGE = 0.1; // mEq/L; smaller changes are to look small
const ROOM = 1.3; // above and below the largest change, for the words there

/**
 * @param {any} attribution as the answer has it
 * @param {any} cycles whose time axis it shares
 */
export function showAttribution(attribution, cycles) {
  drawToWidth(byId("attribution"), (width) => drawAttribution(width, attribution, cycles));
}

function drawAttribution(width, { window_ms, change }, cycles) {
  const time = timeScale(width, cycles);
  const most = Math.max(LEAST_CHANGE, ...change.map(Math.abs)) * ROOM;
  const y = linear([-most, most], [BOTTOM, TOP]);
  const { values, decimals } = roundValues(-most, most, 4);
  return drawing(
    width, HEIGHT, described(window_ms, change),
    ...timeAxis(time, TOP, BOTTOM, true),
    ...valueAxis(width, y, values, (value) => signed(value, decimals)),
    ...bars(time, y, window_ms, change),
    draw("path", { class: "axis-base", d: `M${LEFT} ${y(0)}H${width - 10}` }),
    draw("text", { class: "raises", x: LEFT + 6, y: TOP + 14 }, "▲ raises the estimate"),
    draw("text", { class: "lowers", x: LEFT + 6, y: BOTTOM - 6 }, "▼ lowers the estimate"),
    draw("text", { class: "tick", x: width - 10, y: HEIGHT - 6, "text-anchor": "end" }, "ms from R"),
  );
}

function bars(time, y, windowMs, change) {
  const step = windowMs.length > 1 ? windowMs[1] - windowMs[0] : 10;
  const wide = Math.max(1, (time.x(step) - time.x(0)) * 0.8);
  return change.map((/** @type {number} */ moved, /** @type {number} */ place) => {
    const [top, bottom] = moved > 0 ? [y(moved), y(0)] : [y(0), y(moved)];
    const kind = moved > 0 ? "bar raising" : "bar lowering";
    return draw("rect", { class: kind, x: time.x(windowMs[place]) - wide / 2, y: top, width: wide, height: Math.max(0, bottom - top) });
  });
}

function described(windowMs, change) {
  const most = change.indexOf(Math.max(...change));
  const least = change.indexOf(Math.min(...change));
  const said = (/** @type {number} */ place, /** @type {string} */ verb) =>
    `${verb} it most, by ${fixed(Math.abs(change[place]), 2)} mEq/L, ${aroundR(windowMs[place])}`;
  const parts = [];
  if (change[most] > 0) parts.push(said(most, "raises"));
  if (change[least] < 0) parts.push(said(least, "lowers"));
  return `By how much each part of the cycle moves the estimate: ${parts.join("; ") || "not at all"}`;
}
