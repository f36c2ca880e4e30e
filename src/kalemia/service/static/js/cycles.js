/** Single cycles aligned at R, with their mean. */

import { roundValues, timeAxis, timeScale, valueAxis } from "./beat_axes.js";
import { byId } from "./dom.js";
import { aroundR, counted, fixed } from "./format.js";
import { draw, drawing, drawToWidth, linear, seriesPath } from "./svg.js";

const HEIGHT = 250;
const TOP = 22;
const BOTTOM = 240;
const BEHIND_QRS_S = 0.1;
const T_S = 0.35; // in which T lies behind QRS

/** @param {any} cycles as the answer has them */
export function showCycles(cycles) {
  drawToWidth(byId("cycles"), (width) => drawCycles(width, cycles));
}

function drawCycles(width, cycles) {
  const { single, mean, normalisation } = cycles;
  const time = timeScale(width, cycles);
  const all = [...single, mean];
  const low = Math.min(...all.map((cycle) => Math.min(...cycle)));
  const high = Math.max(...all.map((cycle) => Math.max(...cycle)));
  const y = linear([low, high], [BOTTOM - 6, TOP + 6]);
  const { values, decimals } = roundValues(low, high, 4);
  const line = (/** @type {number[]} */ cycle) => seriesPath(cycle, (sample) => time.x(time.ms(sample)), y);
  return drawing(
    width, HEIGHT, described(cycles),
    ...timeAxis(time, TOP, BOTTOM, false),
    ...valueAxis(width, y, values, (value) => fixed(value, decimals)),
    draw("text", { class: "tick", x: 0, y: 12 }, normalisation === "mv" ? "mV" : "normalised"),
    ...single.map((/** @type {number[]} */ cycle) => draw("path", { class: "cycle", d: line(cycle) })),
    draw("path", { class: "mean", d: line(mean) }),
    ...legend(width, single.length),
  );
}

function described({ single, mean, normalisation, r_index, fs }) {
  const unit = normalisation === "mv" ? " mV" : "";
  const first = r_index + Math.round(BEHIND_QRS_S * fs);
  const behind = mean.slice(first, first + Math.round(T_S * fs)).map(Math.abs);
  const peak = first + behind.indexOf(Math.max(...behind));
  return (
    `${counted(single.length, "cycle")} aligned at R, with their mean: ${fixed(mean[r_index], 2)}${unit} at R; ` +
    `largest deflection behind QRS ${fixed(mean[peak], 2)}${unit}, ${aroundR(((peak - r_index) / fs) * 1000)}`
  );
}

function legend(width, count) {
  const words = [["mean", "mean"], ["cycle", counted(count, "cycle")]];
  return words.flatMap(([kind, text], place) => {
    const x = width - 64 - place * 96;
    return [
      draw("path", { class: `${kind} key`, d: `M${x} 8h16` }),
      draw("text", { class: "tick", x: x + 22, y: 12 }, text),
    ];
  });
}
