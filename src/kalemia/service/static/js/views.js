/** One view at a time. */

import { byId, show } from "./dom.js";

const VIEWS = ["start", "progress", "refusal", "result"];

/**
 * Show a view, and lead the keyboard and the screen reader to its heading.
 * @param {"start"|"progress"|"refusal"|"result"} name
 */
export function showView(name) {
  for (const view of VIEWS) show(byId(view), view === name);
  show(byId("another"), name === "refusal" || name === "result");
  window.scrollTo(0, 0);
  byId(`${name}-title`).focus({ preventScroll: true });
}
