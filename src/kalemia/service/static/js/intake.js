/** The ways in which an ECG comes to the page. */

import { example } from "./api.js";
import { byId, show } from "./dom.js";
import { Problem } from "./problem.js";

/**
 * Listen to choosing, photographing, dropping, pasting and the example.
 * @param {(files: File[]) => void} onFiles
 * @param {() => boolean} isFree whether a dropped or pasted file is welcome now
 */
export function listenForFiles(onFiles, isFree) {
  const take = (/** @type {File[]} */ files) => {
    const complaint = complaintAbout(files);
    complain(complaint);
    if (!complaint && files.length > 0) onFiles(files);
  };
  for (const id of ["file", "camera", "retake-file", "retake-camera"]) listenToInput(byId(id), take);
  listenToDrops(take, isFree);
  listenToPastes(take, isFree);
  byId("try-example").addEventListener("click", () => takeExample(take));
}

/**
 * Say what is wrong with what was given; nothing clears it.
 * @param {string} text
 */
function complain(text) {
  byId("drop-problem").textContent = text;
  show(byId("drop-problem"), text !== "");
}

/**
 * @param {File[]} files
 * @returns {string} why they cannot be one ECG; empty where they can
 */
function complaintAbout(files) {
  if (files.length < 2 || files.some((file) => /\.hea$/i.test(file.name))) return "";
  return `${files.length} files were given. One ECG at a time: only a WFDB record comes as several, its header (.hea) with its signal files.`;
}

/**
 * @param {HTMLInputElement} input
 * @param {(files: File[]) => void} take
 */
function listenToInput(input, take) {
  input.addEventListener("change", () => {
    const files = [...(input.files ?? [])];
    input.value = ""; // so that the same file can be chosen again
    take(files);
  });
}

/**
 * @param {(files: File[]) => void} take
 * @param {() => boolean} isFree
 */
function listenToDrops(take, isFree) {
  let depth = 0;
  const mark = (/** @type {number} */ change) => {
    depth = Math.max(0, depth + change);
    document.body.classList.toggle("dropping", depth > 0 && isFree());
  };
  const bringsFiles = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragenter", (event) => bringsFiles(event) && mark(1));
  window.addEventListener("dragleave", (event) => bringsFiles(event) && mark(-1));
  window.addEventListener("dragover", (event) => bringsFiles(event) && event.preventDefault());
  window.addEventListener("drop", (event) => {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    mark(-depth);
    if (isFree()) take([...(event.dataTransfer?.files ?? [])]);
  });
}

/**
 * @param {(files: File[]) => void} take
 * @param {() => boolean} isFree
 */
function listenToPastes(take, isFree) {
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0 && isFree()) take(files);
  });
}

/** @param {(files: File[]) => void} take */
async function takeExample(take) {
  try {
    take([await example()]);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    complain(`${problem.title}. ${problem.advice.join(" ")}`);
  }
}
