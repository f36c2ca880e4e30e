/** What can be kept of an answer. */

import { estimateAs } from "./api.js";
import { byId, make } from "./dom.js";
import { Problem } from "./problem.js";

/**
 * @typedef {object} Source
 * @property {() => FormData} form that gave the answer
 * @property {() => string|null} token
 * @property {() => any} answer
 */

/** @param {Source} source */
export function listenToDownloads(source) {
  const again = (/** @type {string} */ accept) => () => estimateAs(source.form(), source.token(), accept);
  listen("download-report", "report.html", source, again("text/html"));
  listen("download-csv", "lead_II.csv", source, again("text/csv"));
  listen("download-json", "result.json", source, async () => asJson(source.answer()));
}

function listen(id, ending, source, prepare) {
  const button = byId(id);
  button.addEventListener("click", async () => {
    button.disabled = true;
    const name = `${stem(source.answer().file)}_${ending}`; // now: by then there may be another answer
    say(`${button.textContent} is being prepared …`);
    try {
      save(await prepare(), name);
      say(`${button.textContent} is ready.`);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      say(`${problem.title}. ${problem.advice.join(" ")}`);
    } finally {
      button.disabled = false;
    }
  });
}

/** Forget what was said of the downloads of an earlier answer. */
export function clearDownloads() {
  say("");
}

/** @param {string} text */
function say(text) {
  byId("download-status").textContent = text;
}

/** The answer without its pictures. */
function asJson(answer) {
  const pictures = new Set(["overlay", "close_up"]);
  const text = JSON.stringify(answer, (name, value) => (pictures.has(name) ? undefined : value), 1);
  return new Blob([text], { type: "application/json" });
}

/** @param {string} file */
function stem(file) {
  return file.replace(/\.[^.]*$/, "") || "ecg";
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const url = URL.createObjectURL(blob);
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
