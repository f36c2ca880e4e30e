/** The service as this page uses it. */

import { Problem } from "./problem.js";

const ESTIMATE = "v1/estimate";

/**
 * @typedef {object} Listener
 * @property {AbortSignal} signal ends the request
 * @property {(share: number) => void} onUpload told how much of the file is sent, 0 to 1
 * @property {(stage: string) => void} onStage told what the server is at
 */

/**
 * An estimate, with its stages as they come.
 *
 * By XMLHttpRequest, because `fetch` does not tell how much of a file is sent.
 * @param {FormData} form
 * @param {string|null} token
 * @param {Listener} listener
 * @returns {Promise<any>} the answer
 * @throws {Problem}
 * @throws {DOMException} an AbortError
 */
export function estimate(form, token, { signal, onUpload, onStage }) {
  return new Promise((resolve, reject) => {
    const request = opened(token);
    const lines = lineReader(request);
    let last = null;
    const listen = () => {
      if (request.status !== 200) return;
      for (const line of lines()) {
        if (line.stage) onStage(line.stage);
        else last = line;
      }
    };
    request.upload.onprogress = (event) => event.lengthComputable && onUpload(event.loaded / event.total);
    request.onprogress = listen;
    request.onload = () => {
      try {
        listen();
        settle(request, last, resolve, reject);
      } catch {
        reject(new Problem(500)); // what stands between here and the server spoke in between
      }
    };
    request.onerror = () => reject(new Problem(0));
    request.onabort = () => reject(new DOMException("cancelled", "AbortError"));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(form);
  });
}

/** @param {string|null} token */
function opened(token) {
  const request = new XMLHttpRequest();
  request.open("POST", ESTIMATE);
  request.setRequestHeader("Accept", "application/x-ndjson");
  if (token) request.setRequestHeader("Authorization", `Bearer ${token}`);
  return request;
}

/**
 * The lines that have come since the last call, each once and whole.
 * @param {XMLHttpRequest} request
 * @returns {() => any[]}
 */
function lineReader(request) {
  let read = 0;
  return () => {
    const end = request.responseText.lastIndexOf("\n") + 1;
    const fresh = request.responseText.slice(read, end);
    read = Math.max(read, end);
    return fresh.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  };
}

/**
 * @param {XMLHttpRequest} request
 * @param {any} last line of the stream
 * @param {(answer: any) => void} resolve
 * @param {(problem: Problem) => void} reject
 */
function settle(request, last, resolve, reject) {
  if (request.status !== 200) reject(problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
  else if (last?.answer) resolve(last.answer);
  else if (last?.problem) reject(new Problem(last.status, last.problem));
  else reject(new Problem(0));
}

/**
 * @param {number} status
 * @param {string} text
 * @param {string|null} retryAfter
 */
function problemOf(status, text, retryAfter) {
  const seconds = Number(retryAfter);
  const wait = retryAfter !== null && Number.isFinite(seconds) ? seconds : null;
  try {
    return new Problem(status, JSON.parse(text), wait);
  } catch {
    return new Problem(status, {}, wait); // what stands between here and the server answers in its own words
  }
}

/**
 * The same estimate in another representation.
 * @param {FormData} form
 * @param {string|null} token
 * @param {string} accept media type
 * @returns {Promise<Blob>}
 * @throws {Problem}
 */
export async function estimateAs(form, token, accept) {
  const headers = { Accept: accept, ...bearing(token) };
  const response = await reached(ESTIMATE, { method: "POST", body: form, headers });
  if (!response.ok) throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  return response.blob();
}

/**
 * @param {string|null} token
 * @returns {Record<string, string>} headers
 */
function bearing(token) {
  return token ? { Authorization: `Bearer ${token}` } : {};
}

const SOON_MS = 2000;

/**
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
async function later(ask) {
  await new Promise((resolve) => setTimeout(resolve, SOON_MS));
  return ask();
}

/**
 * What the default model can do; nothing where the server does not say.
 * @param {string|null} token
 * @returns {Promise<{priors: string[], references: boolean}|null>}
 */
export async function defaultModel(token) {
  try {
    const response = await fetch("v1/models", { headers: bearing(token) });
    if (response.status === 503) return await later(() => defaultModel(token)); // it is starting
    if (!response.ok) return null;
    const { default: name, models } = await response.json();
    return models.find((/** @type {any} */ model) => model.name === name) ?? null;
  } catch {
    return null; // the page works without the choice of priors
  }
}

/**
 * The example page of a simulated patient.
 * @returns {Promise<File>}
 * @throws {Problem}
 */
export async function example() {
  const response = await reached("example.jpg");
  if (!response.ok) throw new Problem(response.status);
  return new File([await response.blob()], "simulated_patient.jpg", { type: "image/jpeg" });
}

/**
 * @param {string} url
 * @param {RequestInit} [options]
 */
async function reached(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new Problem(0);
  }
}
