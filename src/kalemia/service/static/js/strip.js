/** Lead II on ECG paper, with its waves marked. */

import { byId, make } from "./dom.js";
import { counted, fixed } from "./format.js";
import { draw, drawing, drawToWidth, seriesPath, strokesPath } from "./svg.js";

const MM_PER_S = 25;
const MM_PER_MV = 10;
const LEAST_PX_PER_MM = 4;
const MOST_PX_PER_MM = 8;
const PULSE_MM = 10; // room for the pulse of 1 mV in front of the curve
const END_MM = 5;
const LEAST_MV = 2;
const MOST_MV = 4;
const SQUARE_MV = 0.5;
const BELOW_PX = 24;
const EDGE_PX = 7;
const LETTER_PX = { QRS: 11, P: 23, T: 23 }; // two lines, because P stands close before QRS
const WAVES = { P: "P wave", QRS: "QRS complex", T: "T wave" };

/**
 * Show the strip, and let choose between cleaned and as it was read.
 * @param {any} strip as the answer has it
 * @param {number|null} rate beats per minute
 */
export function showStrip(strip, rate) {
  byId("strip-title").textContent = titleOf(strip);
  const found = Object.entries(WAVES).filter(([letter]) => strip.waves[letter].length > 0);
  byId("strip-legend").replaceChildren(...found.map(legendItem));
  const container = byId("lead-strip");
  const redraw = () => {
    const isCleaned = byId("strip-signal").querySelector(":checked").value === "cleaned";
    drawToWidth(container, (width) => drawStrip(width, strip, isCleaned, rate));
  };
  byId("strip-signal").onchange = redraw;
  redraw();
}

function titleOf({ lead, start_s, recording_s, cleaned_mv, fs }) {
  const seconds = cleaned_mv.length / fs;
  if (recording_s <= seconds + 0.5) return `Lead ${lead}`;
  return `Lead ${lead}, ${fixed(seconds, 0)} s from ${fixed(start_s, 0)} s on`;
}

function legendItem([letter, words]) {
  return make("li", {}, make("span", { className: `swatch wave-${letter}`, textContent: letter }), words);
}

/**
 * @param {number} width px that there are
 * @param {any} strip
 * @param {boolean} isCleaned
 * @param {number|null} rate
 */
function drawStrip(width, strip, isCleaned, rate) {
  const values = isCleaned ? strip.cleaned_mv : strip.as_read_mv;
  const paper = paperFor(width, strip, values);
  const clip = draw("clipPath", { id: "paper-clip" }, draw("rect", { width: paper.width, height: paper.height }));
  return drawing(
    paper.width + 1, paper.height + BELOW_PX, `${described(strip, rate)}; ${isCleaned ? "cleaned" : "as read"}`,
    draw("defs", {}, clip),
    ...grid(paper),
    draw(
      "g", { "clip-path": "url(#paper-clip)" },
      ...bands(paper, strip),
      draw("path", { class: "pulse", d: pulse(paper) }),
      draw("path", { class: "trace", d: seriesPath(values, (index) => paper.x(index / strip.fs), paper.y) }),
      ...marks(paper, strip, values),
    ),
    ...times(paper, strip),
  );
}

function described({ lead, cleaned_mv, fs, waves }, rate) {
  const found = Object.entries(WAVES).map(([letter, words]) => counted(waves[letter].length, words));
  const speed = rate === null ? "" : `, ${fixed(rate, 0)} beats per minute`;
  return `Lead ${lead}, ${fixed(cleaned_mv.length / fs, 1)} s${speed}. Marked: ${found.join(", ")}`;
}

/** Sizes of the paper in px, and where seconds and millivolts lie on it. */
function paperFor(width, { cleaned_mv, as_read_mv, fs }, values) {
  const seconds = cleaned_mv.length / fs;
  const millimetres = PULSE_MM + Math.ceil((seconds * MM_PER_S + END_MM) / 5) * 5;
  const mm = Math.min(Math.max(Math.floor(width / millimetres), LEAST_PX_PER_MM), MOST_PX_PER_MM);
  const heightMv = Math.max(heightOf(cleaned_mv), heightOf(as_read_mv));
  const top = Math.ceil((middleOf(values) + heightMv / 2) / SQUARE_MV) * SQUARE_MV;
  return {
    mm,
    width: millimetres * mm,
    height: heightMv * MM_PER_MV * mm,
    seconds,
    x: (/** @type {number} */ s) => (PULSE_MM + s * MM_PER_S) * mm,
    y: (/** @type {number} */ mv) => (top - mv) * MM_PER_MV * mm,
  };
}

/** Height of the paper in mV: whole large squares, with room for the letters. */
function heightOf(values) {
  const [low, high] = extent(values);
  const squares = Math.ceil((high - low) / SQUARE_MV) + 2;
  return Math.min(Math.max(squares * SQUARE_MV, LEAST_MV), MOST_MV);
}

/** An artefact that does not fit on the paper must not push the beats off it. */
function middleOf(values) {
  const [low, high] = extent(values);
  if (high - low <= MOST_MV) return (low + high) / 2;
  const seen = values.filter((value) => value !== null).sort((a, b) => a - b);
  return seen[Math.floor(seen.length / 2)];
}

function extent(values) {
  const seen = values.filter((value) => value !== null);
  return seen.length === 0 ? [0, 0] : [Math.min(...seen), Math.max(...seen)];
}

function grid({ mm, width, height }) {
  const lines = (/** @type {number} */ step) => {
    const upright = range(width / (step * mm)).map((n) => [n * step * mm, 0, n * step * mm, height]);
    const level = range(height / (step * mm)).map((n) => [0, n * step * mm, width, n * step * mm]);
    return strokesPath([...upright, ...level]);
  };
  return [
    draw("rect", { class: "paper", width, height }),
    draw("path", { class: "grid-1", d: lines(1) }),
    draw("path", { class: "grid-5", d: lines(5) }),
  ];
}

/** 0 to a number, both included. */
function range(last) {
  return Array.from({ length: Math.floor(last) + 1 }, (_, n) => n);
}

/** The pulse of 1 mV and 0.2 s that an electrocardiograph prints. */
function pulse({ mm, y }) {
  const [left, right] = [2.5 * mm, 7.5 * mm];
  return `M${mm} ${y(0)}H${left}V${y(1)}H${right}V${y(0)}H${9 * mm}`;
}

/** The extent of each wave as a soft band. */
function bands(paper, { waves, fs }) {
  return each(waves, ([onset, , offset], letter) => {
    if (onset === null || offset === null) return [];
    const left = paper.x(onset / fs);
    return [draw("rect", { class: `band wave-${letter}`, x: left, y: 0, width: paper.x(offset / fs) - left, height: paper.height })];
  });
}

/** Ticks on the curve at onset and offset, and the letter above. */
function marks(paper, { waves, fs }, values) {
  return each(waves, ([onset, peak, offset], letter) => {
    const ends = [onset, offset].filter((place) => place !== null && (values[place] ?? null) !== null);
    const ticks = ends.map((place) => {
      const [x, y] = [paper.x(place / fs), paper.y(values[place])];
      return [x, y - EDGE_PX, x, y + EDGE_PX];
    });
    const drawn = [draw("path", { class: `edge wave-${letter}`, d: strokesPath(ticks) })];
    if (peak === null) return drawn;
    const place = { x: paper.x(peak / fs), y: LETTER_PX[letter], "text-anchor": "middle" };
    return [...drawn, draw("text", { class: `letter wave-${letter}`, ...place }, letter)];
  });
}

function each(waves, make_) {
  return Object.keys(WAVES).flatMap((letter) => waves[letter].flatMap((/** @type {any} */ wave) => make_(wave, letter)));
}

function times(paper, { start_s }) {
  const y = paper.height + 16;
  const seconds = range(paper.seconds).map((s) =>
    draw("text", { class: "time", x: paper.x(s), y, "text-anchor": "middle" }, `${fixed(start_s + s, 0)}${s === 0 ? " s" : ""}`),
  );
  return seconds;
}
