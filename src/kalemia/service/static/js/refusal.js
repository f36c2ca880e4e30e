/** Why there is no answer, and what to do about it. */

import { byId, fillList, show } from "./dom.js";
import { sentence } from "./format.js";

/**
 * @param {import("./problem.js").Problem} problem
 * @param {File[]} files
 */
export function showRefusal(problem, files) {
  byId("refusal-file").textContent = files.map((file) => file.name).join(", ");
  byId("refusal-title").textContent = problem.title;
  byId("refusal-detail").textContent = problem.status === 401 ? "" : detailOf(problem.message, files);
  fillList(byId("advice"), problem.advice);
  show(byId("advice-part"), problem.advice.length > 0);
  show(byId("token-form"), problem.status === 401);
  show(byId("retake"), problem.status === 422 && files.some((file) => file.type.startsWith("image/")));
  show(byId("change-options"), problem.status === 422);
  show(byId("try-again"), problem.status !== 422 && problem.status !== 401);
}

/** The detail without the name of the file, which stands above. */
function detailOf(message, files) {
  const named = files.map((file) => `${file.name}: `).find((name) => message.startsWith(name));
  return named ? sentence(message.slice(named.length)) : message;
}
