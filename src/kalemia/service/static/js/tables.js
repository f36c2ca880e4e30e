/** Quality, intervals and waves, and what was done. */

import { byId, fillFacts, make, show } from "./dom.js";
import { fixed, sentence } from "./format.js";

const VERDICTS = { good: "Good", doubtful: "Doubtful", unusable: "Not usable" };

/** @param {any} quality */
export function showQuality({ verdict, reason, doubts, noise, left_out, usable }) {
  const said = [...(reason ? [reason] : []), ...doubts].map(sentence);
  const facts = /** @type {[string, string][]} */ ([
    ["Beats used", String(usable)],
    ...Object.entries(left_out).map(([why, count]) => ["Left out", `${count}: ${why}`]),
  ]);
  if (noise !== null) facts.push(["Noise in ST and T", `${fixed(noise * 100, 1)} % of the height of a cycle`]);
  const list = make("dl", { className: "facts" });
  fillFacts(list, facts);
  byId("quality").replaceChildren(
    make("p", { className: `verdict ${verdict}`, textContent: VERDICTS[verdict] ?? verdict }),
    ...said.map((text) => make("p", { textContent: text })),
    list,
  );
}

/** @param {{name: string, value: number|null, unit: string, decimals: number}[]} measures */
export function showMeasures(measures) {
  show(byId("measures-part"), measures.length > 0);
  byId("measures").replaceChildren(
    ...measures.map(({ name, value, unit, decimals }) => {
      const said = value === null ? "–" : `${fixed(value, decimals)} ${unit}`.trim();
      return make("tr", {}, rowHead(name), make("td", { textContent: said }));
    }),
  );
}

function rowHead(name) {
  return make("th", { scope: "row", textContent: name });
}

/** @param {[string, string][]} facts */
export function showFacts(facts) {
  fillFacts(byId("facts"), facts);
}

/**
 * @param {{name: string, value: number|null}[]} measures
 * @returns {number|null} beats per minute
 */
export function heartRate(measures) {
  return measures.find(({ name }) => name === "Heart rate")?.value ?? null;
}

