/** All of an answer. */

import { showAnswer } from "./answer.js";
import { showAttribution } from "./attribution.js";
import { showCycles } from "./cycles.js";
import { byId, show } from "./dom.js";
import { showStrip } from "./strip.js";
import { heartRate, showFacts, showMeasures, showQuality } from "./tables.js";

/** @param {any} answer */
export function showResult(answer) {
  const { strip, cycles, attribution, quality, measures, facts } = answer.details;
  showAnswer(answer);
  showStrip(strip, heartRate(measures));
  show(byId("cycle-part"), cycles !== null);
  show(byId("attribution-part"), attribution !== null);
  show(byId("attribution-words"), attribution !== null);
  if (cycles !== null) showCycles(cycles);
  if (cycles !== null && attribution !== null) showAttribution(attribution, cycles);
  showQuality(quality);
  showMeasures(measures);
  showFacts(facts);
}
