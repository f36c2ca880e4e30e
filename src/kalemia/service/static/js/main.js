/** The page: an ECG comes in, is read, and is shown. */

import { spoken } from "./answer.js";
import { defaultModel, estimate } from "./api.js";
import { listenToCorrection } from "./correction.js";
import { announce, byId, show } from "./dom.js";
import { clearDownloads, listenToDownloads } from "./downloads.js";
import { sentence } from "./format.js";
import { listenForFiles } from "./intake.js";
import { appendOptions, askForReference, forgetReferences, listenToOptions, offerOptions, optionsAreFinished } from "./options.js";
import { withPatience } from "./patience.js";
import { listenToPictures, showPrintedPage } from "./printed_page.js";
import { Problem } from "./problem.js";
import { Progress } from "./progress.js";
import { showRefusal } from "./refusal.js";
import { showResult } from "./result.js";
import { showView } from "./views.js";

/** What the page works on; the token lives here alone. */
const session = {
  /** @type {File[]} */ files: [],
  /** @type {import("./correction.js").Corrections} */ corrections: {},
  /** @type {string|null} */ token: null,
  /** @type {any} */ answer: null,
  /** @type {AbortController|null} */ running: null,
};

/** @returns {FormData} all that the server is told */
function form() {
  const filled = new FormData();
  for (const file of session.files) filled.append("file", file, file.name);
  appendOptions(filled);
  for (const [name, value] of Object.entries(session.corrections)) filled.append(name, value);
  return filled;
}

/** @returns {FormData} with all that the page shows */
function fullForm() {
  const filled = form();
  filled.append("detail", "full");
  return filled;
}

/** @param {File[]} files a new ECG */
function take(files) {
  if (!byId("result").hidden) forgetReferences(); // they were another patient's
  session.files = files;
  session.corrections = {};
  run();
}

/** Read the files that there are, and show what comes of it. */
async function run() {
  startAgain(); // an option that is not finished is asked for there
  if (!optionsAreFinished()) return;
  session.running?.abort();
  const mine = new AbortController();
  session.running = mine;
  const progress = new Progress(session.files);
  showView("progress");
  const outcome = await outcomeOf(progress, mine.signal);
  progress.stop();
  if (session.running !== mine) return; // another one has begun meanwhile
  session.running = null;
  try {
    outcome();
  } catch (error) {
    fail(new Problem(500));
    throw error;
  }
}

/**
 * @param {Progress} progress
 * @param {AbortSignal} signal
 * @returns {Promise<() => void>} what is to be shown
 */
async function outcomeOf(progress, signal) {
  try {
    const answer = await withPatience(() => asked(progress, signal), signal, (...wait) => progress.waiting(...wait));
    return () => finish(answer);
  } catch (error) {
    return () => fail(error);
  }
}

/**
 * @param {Progress} progress
 * @param {AbortSignal} signal
 */
function asked(progress, signal) {
  const listener = {
    signal,
    onUpload: (/** @type {number} */ share) => progress.sent(share),
    onStage: (/** @type {string} */ stage) => progress.at(stage),
  };
  return estimate(fullForm(), session.token, listener);
}

/** @param {any} answer */
function finish(answer) {
  session.answer = answer;
  clearDownloads();
  showResult(session.answer);
  showPage(session.answer.details.page, "result", session.answer.warnings.map(sentence));
  showView("result");
  announce(spoken(session.answer));
}

/** @param {unknown} error */
function fail(error) {
  if (error instanceof DOMException && error.name === "AbortError") {
    startAgain();
    announce("Cancelled");
    return;
  }
  if (!(error instanceof Problem)) throw error;
  showRefusal(error, session.files);
  if (error.status === 422 && error.page === null) session.corrections = {}; // they may be what was wrong
  if (error.page !== null || error.isOfPage) showPage(error.page, "refusal");
  else show(byId("printed-page"), false);
  showView("refusal");
}

/**
 * @param {any} page
 * @param {"result"|"refusal"} view
 * @param {string[]} [said] warnings that stand in the view already
 */
function showPage(page, view, said = []) {
  const [file] = session.files;
  showPrintedPage(page, session.corrections, file, byId(`${view}-page`), { isRefused: view === "refusal", said });
}

/** Back to the start, with the file kept. */
function startAgain() {
  byId("kept-name").textContent = session.files.map((file) => file.name).join(", ");
  show(byId("kept"), session.files.length > 0);
  showView("start");
}

function listen() {
  listenForFiles(take, () => session.running === null);
  listenToOptions();
  listenToPictures();
  listenToCorrection((corrections) => {
    session.corrections = corrections;
    run();
  });
  listenToDownloads({ form, token: () => session.token, answer: () => session.answer });
  byId("cancel").addEventListener("click", () => session.running?.abort());
  byId("estimate-kept").addEventListener("click", run);
  byId("try-again").addEventListener("click", run);
  byId("another").addEventListener("click", () => {
    forgetReferences();
    session.files = [];
    startAgain();
  });
  byId("change-options").addEventListener("click", () => {
    startAgain();
    byId("options").open = true;
    byId("options").querySelector("summary").focus();
  });
  byId("personalise").addEventListener("click", () => {
    startAgain();
    askForReference();
  });
  byId("token-form").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    session.token = byId("token").value;
    run();
    offerWhatThereIs();
  });
}

/** A server that asks for a token says only then what its model can do. */
async function offerWhatThereIs() {
  offerOptions(await defaultModel(session.token));
}

listen();
offerWhatThereIs();
