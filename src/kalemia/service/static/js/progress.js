/** What is being done, while it is done. */

import { announce, byId, make, show } from "./dom.js";

/** @type {[string, string][]} */
const STAGES = [
  ["upload", "Sending the file"],
  ["waiting", "Waiting for a free reader"],
  ["file", "Opening the file"],
  ["grid", "Finding the millimetre grid"],
  ["curves", "Tracing the curves (Viterbi)"],
  ["leads", "Telling the leads apart"],
  ["scales", "Reading speed and gain"],
  ["estimate", "Finding the beats, estimating potassium"],
  ["pictures", "Drawing the pictures"],
];
const PAGES_ALONE = new Set(["grid", "curves", "leads", "scales"]);

/** The list of stages, and the clock. */
export class Progress {
  /** @param {File[]} files */
  constructor(files) {
    byId("progress-file").textContent = files.map((file) => file.name).join(", ");
    const isPage = files.some((file) => /^image\/|pdf/.test(file.type));
    this.stages = STAGES.filter(([name]) => isPage || !PAGES_ALONE.has(name));
    this.began = performance.now();
    this.clock = setInterval(() => this.tick(), 1000);
    this.tick();
    this.at("upload");
  }

  /** @param {string} stage that has begun */
  at(stage) {
    if (!STAGES.some(([name]) => name === stage)) return;
    if (!this.stages.some(([name]) => name === stage)) this.stages = STAGES; // a page after all
    const now = this.stages.findIndex(([name]) => name === stage);
    byId("stages").replaceChildren(...this.stages.map(([name, words], place) => item(name, words, place - now)));
    show(byId("waiting"), false);
    announce(this.stages[now][1]);
  }

  /** @param {number} share of the file that is sent, 0 to 1 */
  sent(share) {
    const note = byId("stages").querySelector("[data-stage=upload] .share");
    if (note) note.textContent = `${Math.round(share * 100)} %`;
  }

  /**
   * @param {number} leftS
   * @param {number} attempt
   * @param {number} most
   */
  waiting(leftS, attempt, most) {
    const words = "Others are being read at the moment.";
    byId("waiting").textContent = `${words} Trying again in ${leftS} s (attempt ${attempt} of ${most}).`;
    if (byId("waiting").hidden) announce(`${words} It is tried again by itself.`);
    show(byId("waiting"), true);
  }

  stop() {
    clearInterval(this.clock);
  }

  tick() {
    byId("elapsed").textContent = `${Math.round((performance.now() - this.began) / 1000)} s`;
  }
}

/**
 * @param {string} name
 * @param {string} words
 * @param {number} place 0 for the stage that runs, less for those done
 */
function item(name, words, place) {
  const state = place < 0 ? "done" : place === 0 ? "now" : "ahead";
  const element = make("li", { className: state }, words, make("span", { className: "share soft" }));
  element.dataset.stage = name;
  if (place < 0) element.append(make("span", { className: "visually-hidden", textContent: " (done)" }));
  if (place === 0) element.setAttribute("aria-current", "step");
  return element;
}
