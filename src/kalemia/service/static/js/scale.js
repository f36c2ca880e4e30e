/** One estimate on the scale of the six potassium ranges. */

import { fixed } from "./format.js";
import { draw, drawing, linear } from "./svg.js";

const HEIGHT = 116;
const MARGIN = 8;
const LINE_AT = 40;
const BAR = { top: 60, height: 22 };
const TICKS_AT = 102;
const END_TICK = 6;
const LETTERS_PX = 30;

/**
 * @param {number} width px
 * @param {number} potassium mEq/L
 * @param {[number, number]} interval mEq/L
 * @param {{edges: number[], labels: string[], colours: string[]}} ranges
 */
export function drawScale(width, potassium, [low, high], ranges) {
  const { edges, labels, colours } = ranges;
  const first = Math.min(edges[0] - 1, low - 0.5);
  const last = Math.max(edges[edges.length - 1] + 1, high + 0.5);
  const x = linear([first, last], [MARGIN, width - MARGIN]);
  const within = labels[edges.filter((edge) => potassium >= edge).length].replace("-", " to ");
  const described =
    `${fixed(potassium, 1)} mEq/L on a scale of six ranges, in the range ${within}; ` +
    `the 90 % interval reaches from ${fixed(low, 1)} to ${fixed(high, 1)}`;
  return drawing(
    width, HEIGHT, described,
    ...bar(x, [first, ...edges, last], colours),
    ...edges.map((edge) => letters(x(edge), TICKS_AT, fixed(edge, 0), "middle", "tick")),
    letters(width - MARGIN, TICKS_AT, "mEq/L", "end", "tick"),
    ...marks(x, potassium, low, high),
  );
}

/**
 * @param {(value: number) => number} x
 * @param {number[]} borders
 * @param {string[]} colours
 */
function bar(x, borders, colours) {
  return colours.map((fill, place) => {
    const left = x(borders[place]) + (place > 0 ? 1 : 0);
    const right = x(borders[place + 1]) - (place < colours.length - 1 ? 1 : 0);
    return draw("rect", { x: left, y: BAR.top, width: right - left, height: BAR.height, rx: 2, fill, class: "range" });
  });
}

/**
 * @param {(value: number) => number} x
 * @param {number} potassium
 * @param {number} low
 * @param {number} high
 */
function marks(x, potassium, low, high) {
  const ends = [low, high].map((end) => `M${x(end)} ${LINE_AT - END_TICK}V${LINE_AT + END_TICK}`).join("");
  const needle = `M${x(potassium)} ${LINE_AT}V${BAR.top + BAR.height}`;
  return [
    draw("path", { class: "interval-line", d: `M${x(low)} ${LINE_AT}H${x(high)}${ends}` }),
    draw("path", { class: "needle-halo", d: needle }),
    draw("path", { class: "needle", d: needle }),
    draw("circle", { class: "dot", cx: x(potassium), cy: LINE_AT, r: 6 }),
    letters(x(potassium), LINE_AT - 16, fixed(potassium, 1), "middle", "estimate"),
    ...endLetters(x, potassium, low, high),
  ];
}

/** The ends of the interval in numbers above it, moved outward where they would run into the estimate. */
function endLetters(x, potassium, low, high) {
  const left = Math.min(x(low), x(potassium) - LETTERS_PX);
  const right = Math.max(x(high), x(potassium) + LETTERS_PX);
  return [[low, left], [high, right]].map(([end, at]) => letters(at, LINE_AT - 16, fixed(end, 1), "middle", "end"));
}

function letters(x, y, text, anchor, kind) {
  return draw("text", { x, y, "text-anchor": anchor, class: `scale-${kind}` }, text);
}
