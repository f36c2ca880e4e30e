/** The strips of a page as areas on its picture, to be chosen by pointer or keys: a group of radio buttons. */

import { byId } from "./dom.js";
import { draw } from "./svg.js";

const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/**
 * @param {any} strip
 * @returns {string} such as "Row 2: lead II, 2.5 s"
 */
export function nameOf({ row, lead, seconds }) {
  const parts = [lead ? `lead ${lead}` : "lead not known", ...(seconds ? [`${seconds.toFixed(1)} s`] : [])];
  return `Row ${row}: ${parts.join(", ")}`;
}

/**
 * Lay the strips on the picture, a whole row under its parts, so that these can be pointed at.
 * @param {any[]} strips
 * @param {(number: number) => void} onChoose
 */
export function layStrips(strips, onChoose) {
  const areas = byId("page-strips");
  areas.replaceChildren(...[...strips].sort((a, b) => widthOf(b) - widthOf(a)).map((strip) => area(strip, onChoose)));
  areas.onkeydown = (/** @type {KeyboardEvent} */ event) => moveBy(event, areas);
  areas.classList.toggle("empty", strips.length === 0);
}

/** @returns {number} px of the picture, from the left end to the right */
function widthOf({ box: [[left, top], [right, level]] }) {
  return Math.hypot(right - left, level - top);
}

/** Give the areas the coordinates of the picture, once its size is known. */
export function fitStrips() {
  const { naturalWidth, naturalHeight } = byId("page-picture");
  byId("page-strips").setAttribute("viewBox", `0 0 ${naturalWidth || 1} ${naturalHeight || 1}`);
}

/**
 * @param {number|null} number of the strip that is chosen
 * @param {boolean} canChoose
 */
export function markStrip(number, canChoose) {
  const areas = inOrder(byId("page-strips"));
  const chosen = areas.find((each) => Number(each.dataset.number) === number);
  for (const each of areas) {
    each.setAttribute("aria-checked", String(each === chosen));
    each.setAttribute("tabindex", canChoose && each === (chosen ?? areas[0]) ? "0" : "-1");
  }
  byId("page-strips").classList.toggle("asleep", !canChoose);
}

/** @returns {any[]} the areas by their numbers: as one reads the page */
function inOrder(areas) {
  return [...areas.children].sort((a, b) => Number(a.dataset.number) - Number(b.dataset.number));
}

function area(strip, onChoose) {
  const points = strip.box.map((/** @type {number[]} */ corner) => corner.join(",")).join(" ");
  const name = nameOf(strip);
  const polygon = draw("polygon", { points, role: "radio", "aria-label": name, "data-number": strip.number }, draw("title", {}, name));
  polygon.addEventListener("click", () => onChoose(strip.number));
  polygon.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    onChoose(strip.number);
  });
  return polygon;
}

function moveBy(event, areas) {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const all = inOrder(areas);
  const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
  next.focus();
}
