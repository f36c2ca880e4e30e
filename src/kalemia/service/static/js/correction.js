/** The form by which a reading is corrected, and the picture that shows what the correction means. */

import { byId, make, show } from "./dom.js";
import { layStrips, markStrip, nameOf } from "./strip_picker.js";

/** @typedef {{rotation_deg?: string, strip?: string, speed_mm_per_s?: string, gain_mm_per_mv?: string, page?: string}} Corrections */

const ONE_PAGE = /^image\/(jpeg|png|webp|bmp|gif)$/;
const AS_FOUND = "As found by itself";
const HINTS = {
  none: "No strips were found to choose from.",
  asleep: "Read again first: turned, or on another page, strips are numbered anew.",
  ready: "Or choose it on the picture.",
};

/** How the picture was turned and by whom, and which page it was, in the reading that is shown. */
let read = { angle: 0, isTurnedByHand: false, page: "" };

/**
 * Listen to the form.
 * @param {(corrections: Corrections) => void} onRead
 */
export function listenToCorrection(onRead) {
  byId("rotate-left").addEventListener("click", () => turnBy(-90));
  byId("rotate-right").addEventListener("click", () => turnBy(90));
  for (const id of ["angle", "page-number", "strip"]) byId(id).addEventListener("input", follow);
  byId("correction").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    onRead(corrections());
  });
}

/**
 * Fill the form for a reading.
 * @param {any} page as it was read; `null` where nothing was
 * @param {Corrections} sent with which it was read
 * @param {string} type of the file
 */
export function showCorrection(page, sent, type) {
  read = {
    angle: Number(page?.rotation_deg ?? sent.rotation_deg ?? 0),
    isTurnedByHand: sent.rotation_deg !== undefined,
    page: sent.page ?? "",
  };
  byId("angle").value = read.angle;
  byId("page-number").value = read.page;
  byId("page-number").placeholder = String(page?.page ?? 1);
  byId("speed").value = sent.speed_mm_per_s ?? "";
  byId("speed").placeholder = String(page?.speed_mm_per_s ?? "");
  byId("gain").value = sent.gain_mm_per_mv ?? "";
  byId("gain").placeholder = String(page?.gain_mm_per_mv ?? "");
  show(byId("page-number-field"), !ONE_PAGE.test(type));
  offerStrips(page?.strips ?? [], sent.strip ?? "");
  follow();
}

function offerStrips(strips, sent) {
  const options = strips.map((/** @type {any} */ strip) =>
    make("option", { value: String(strip.number), textContent: `${nameOf(strip)}${strip.chosen ? " (read)" : ""}` }),
  );
  byId("strip").replaceChildren(make("option", { value: "", textContent: AS_FOUND }), ...options);
  byId("strip").value = strips.some((/** @type {any} */ strip) => String(strip.number) === sent) ? sent : "";
  layStrips(strips, (number) => {
    byId("strip").value = String(number);
    follow();
  });
}

/** @param {number} degrees */
function turnBy(degrees) {
  const turned = Number(byId("angle").value || 0) + degrees;
  byId("angle").value = String(((((turned + 180) % 360) + 360) % 360) - 180);
  follow();
}

/** Let the picture and the choice of strips follow the form. */
function follow() {
  const isSame = byId("page-number").value === read.page && turn() === 0;
  const count = byId("strip").options.length - 1;
  byId("strip").disabled = !isSame || count === 0;
  byId("strip-hint").textContent = count === 0 ? HINTS.none : isSame ? HINTS.ready : HINTS.asleep;
  markStrip(isSame && byId("strip").value ? Number(byId("strip").value) : null, isSame);
  turnPicture();
}

/** @returns {number} degrees by which the picture shown is to be turned further, -180 to 180 */
function turn() {
  const further = Number(byId("angle").value || 0) - read.angle;
  return Math.abs(further) % 360 === 0 ? 0 : further;
}

/** The picture is made so small that it stays in its frame while it is turned. */
export function turnPicture() {
  const { clientWidth: width, clientHeight: height, style } = byId("picture-turn");
  const angle = (turn() * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))];
  const scale = Math.min(width / (width * cos + height * sin), height / (width * sin + height * cos));
  style.transform = turn() === 0 ? "" : `rotate(${turn()}deg) scale(${Number.isFinite(scale) ? scale : 1})`;
}

/** @returns {Corrections} as the form has them */
function corrections() {
  const values = {
    rotation_deg: read.isTurnedByHand || turn() !== 0 ? byId("angle").value || "0" : "",
    strip: byId("strip").disabled ? "" : byId("strip").value,
    speed_mm_per_s: byId("speed").value,
    gain_mm_per_mv: byId("gain").value,
    page: byId("page-number").value,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}
