/** The printed page as it was read, in the answer as in a refusal. */

import { byId, fillFacts, fillList, setPicture, show } from "./dom.js";
import { fixed, sentence } from "./format.js";
import { showCorrection, turnPicture } from "./correction.js";
import { fitStrips } from "./strip_picker.js";

const CAPTIONS = {
  read: "If the coloured curve does not lie on the printed one, the estimate is worth nothing.",
  refused: "How far the reading got. What was missed can be told by hand.",
  unseen: "The picture as it was sent. Turned upright it may be read.",
};

/** Let pictures open in full size. */
export function listenToPictures() {
  byId("page-picture").addEventListener("load", () => {
    fitStrips();
    turnPicture();
  });
  byId("page-picture").addEventListener("error", () => show(byId("picture-frame"), false)); // such as a TIFF
  byId("page-picture").addEventListener("click", () => enlarge(byId("page-picture")));
  byId("enlarge").addEventListener("click", () => enlarge(byId("page-picture")));
  byId("enlarge-close-up").addEventListener("click", () => enlarge(byId("close-up")));
}

/** @param {HTMLImageElement} image */
function enlarge(image) {
  setPicture(byId("viewer-picture"), image.src, image.alt);
  byId("viewer").showModal();
}

/**
 * @param {any} page as it was read; `null` where nothing was
 * @param {any} sent the corrections with which it was read
 * @param {File} file
 * @param {HTMLElement} place where to show it
 * @param {{isRefused: boolean, said: string[]}} shown whether there is no answer, and the warnings that stand elsewhere
 */
export function showPrintedPage(page, sent, file, place, { isRefused, said }) {
  const isShown = page !== null || (isRefused && file.type.startsWith("image/"));
  const part = byId("printed-page");
  place.append(part);
  show(part, isShown);
  if (!isShown) return;
  byId("printed-words").textContent = CAPTIONS[page === null ? "unseen" : isRefused ? "refused" : "read"];
  show(byId("picture-frame"), setPicture(byId("page-picture"), page ? page.overlay : ownUrl(file), described(page, isRefused)));
  show(byId("close-up-part"), setPicture(byId("close-up"), page?.close_up, "The strip that was read from near, laid flat, with the curve lying on it"));
  const unsaid = (page?.warnings ?? []).map(sentence).filter((/** @type {string} */ words) => !said.includes(words));
  fillList(byId("page-warnings"), unsaid);
  fillFacts(byId("page-facts"), isRefused ? seenOf(page) : factsOf(page));
  showCorrection(page, sent, file.type);
}

/** @type {string|null} */
let ownPicture = null;

/** @param {File} file */
function ownUrl(file) {
  if (ownPicture) URL.revokeObjectURL(ownPicture);
  ownPicture = URL.createObjectURL(file);
  return ownPicture;
}

function described(page, isRefused) {
  if (page === null) return "The picture as it was sent";
  if (isRefused) return `The page as far as it was read: ${page.seen ?? "not understood"}`;
  return `The page with the curve as it was read lying on it: layout ${page.layout}, ${fixed(page.speed_mm_per_s, 0)} mm/s, ${fixed(page.gain_mm_per_mv, 0)} mm/mV`;
}

/** @returns {[string, string][]} */
function seenOf(page) {
  if (page === null) return [];
  return [...(page.seen ? [["Seen", page.seen]] : []), ...(page.layout ? [["Layout", page.layout]] : [])];
}

/** @returns {[string, string][]} */
function factsOf(page) {
  const { evidence: known } = page;
  return [
    ["Layout", page.layout],
    ["Lead", `${fixed(page.seconds, 1)} s; known by: ${known.lead}`],
    ["Paper speed", `${page.speed_mm_per_s} mm/s; ${known.speed}`],
    ["Gain", `${page.gain_mm_per_mv} mm/mV; ${known.gain}`],
    ["Grid", known.grid],
    ["Confidence", `${fixed(page.confidence, 2)} of 1; ${fixed(page.traced * 100, 0)} % of the strip traced`],
  ];
}
