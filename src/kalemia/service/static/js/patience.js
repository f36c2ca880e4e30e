/** Asking again where the server is busy. */

import { Problem } from "./problem.js";

const MOST_TRIES = 8;
const LEAST_WAIT_S = 1;
const USUAL_WAIT_S = 5;
const MOST_WAIT_S = 60;

/**
 * The outcome of an attempt, made again as long as the server is busy.
 * @template T
 * @param {() => Promise<T>} attempt
 * @param {AbortSignal} signal ends the waiting
 * @param {(leftS: number, attempt: number, most: number) => void} onWait told each second
 * @returns {Promise<T>}
 * @throws {Problem} what the last attempt gave
 */
export async function withPatience(attempt, signal, onWait) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.status !== 429 || tries === MOST_TRIES) throw problem;
      const wait = Math.ceil(Math.min(Math.max(problem.retryAfterS ?? USUAL_WAIT_S, LEAST_WAIT_S), MOST_WAIT_S));
      for (let left = wait; left > 0; left -= 1) {
        onWait(left, tries + 1, MOST_TRIES);
        await second(signal);
      }
    }
  }
}

/** @param {AbortSignal} signal */
function second(signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000);
    const stop = () => {
      clearTimeout(timer);
      reject(new DOMException("cancelled", "AbortError"));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}
