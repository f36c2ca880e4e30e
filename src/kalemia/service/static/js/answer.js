/** The answer itself: the number with its interval, or why there is none. */

import { byId, fillList, show } from "./dom.js";
import { fixed, sentence } from "./format.js";
import { drawScale } from "./scale.js";
import { drawToWidth } from "./svg.js";

/** @param {any} answer */
export function showAnswer(answer) {
  const { potassium, interval, details } = answer;
  byId("result-file").textContent = answer.file;
  byId("notice").textContent = answer.notice;
  byId("result").classList.toggle("abstained", answer.abstained);
  fillList(byId("warnings"), answer.warnings.map(sentence));
  show(byId("scale"), !answer.abstained);
  show(byId("personalise"), !answer.abstained);
  if (answer.abstained) {
    byId("potassium").textContent = "No estimate";
    byId("interval").textContent = sentence(answer.reason ?? "nothing can be concluded from this recording");
    return;
  }
  const [low, high] = interval;
  byId("potassium").replaceChildren(fixed(potassium, 1), unit());
  byId("interval").textContent = `90 % interval ${fixed(low, 1)} to ${fixed(high, 1)} mEq/L, ${details.basis}`;
  drawToWidth(byId("scale"), (width) => drawScale(width, potassium, interval, details.ranges));
}

function unit() {
  const small = document.createElement("small");
  small.textContent = " mEq/L";
  return small;
}

/**
 * @param {any} answer
 * @returns {string} in a sentence
 */
export function spoken(answer) {
  if (answer.abstained) return `No estimate. ${sentence(answer.reason ?? "")}`;
  return `Estimated potassium ${fixed(answer.potassium, 1)} mEq/L, 90 % interval ${fixed(answer.interval[0], 1)} to ${fixed(answer.interval[1], 1)}.`;
}
