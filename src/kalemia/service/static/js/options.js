/** What can be told beside the file: earlier ECGs, a prior, sampling rate and unit. */

import { byId, make, show } from "./dom.js";

const PRIORS = {
  emergency: "An emergency department",
  dialysis: "A dialysis unit",
  wonju: "Suspected dyskalaemia, as in the Wonju study",
};

/** Let rows for earlier ECGs be added. */
export function listenToOptions() {
  byId("add-reference").addEventListener("click", () => addReference().querySelector("input").focus());
}

/** Remove the earlier ECGs: the next one is another patient's. */
export function forgetReferences() {
  byId("reference-rows").replaceChildren();
}

/**
 * Offer what the model can do.
 * @param {{priors: string[], references: boolean}|null} model
 */
export function offerOptions(model) {
  const priors = (model?.priors ?? []).map((name) => make("option", { value: name, textContent: PRIORS[name] ?? name }));
  byId("prior").replaceChildren(byId("prior").options[0], ...priors);
  show(byId("references"), model?.references ?? true);
}

/** Open the options with a row for an earlier ECG. */
export function askForReference() {
  byId("options").open = true;
  const row = byId("reference-rows").lastElementChild ?? addReference();
  row.querySelector("input").focus();
}

/** @returns {HTMLElement} the new row */
function addReference() {
  const row = make(
    "div",
    { className: "reference" },
    make("label", {}, "Earlier ECG", make("input", { type: "file", name: "reference" })),
    make("label", {}, "Potassium (mEq/L)", potassiumInput()),
  );
  const remove = make("button", { type: "button", className: "quiet", textContent: "Remove" });
  remove.addEventListener("click", () => {
    row.remove();
    byId("add-reference").focus();
  });
  row.append(remove);
  byId("reference-rows").append(row);
  return row;
}

function potassiumInput() {
  return make("input", { type: "number", min: "1", max: "12", step: "0.01", inputMode: "decimal" });
}

/**
 * Whether the options can be sent as they are; where not, the control to finish has the focus, and it is said why.
 * @returns {boolean}
 */
export function optionsAreFinished() {
  const unfinished = firstUnfinished();
  byId("options-problem").textContent = unfinished?.words ?? "";
  show(byId("options-problem"), unfinished !== null);
  if (unfinished === null) return true;
  byId("options").open = true;
  unfinished.control.focus();
  return false;
}

/** @returns {{control: HTMLInputElement, words: string}|null} */
function firstUnfinished() {
  for (const [file, potassium] of references()) {
    if (!file.files?.length) return { control: file, words: "Choose the earlier ECG, or remove its row." };
    if (potassium.value === "" || !potassium.checkValidity()) {
      return { control: potassium, words: "Give the potassium of the blood test beside the earlier ECG, 1 to 12 mEq/L." };
    }
  }
  return byId("fs").checkValidity() ? null : { control: byId("fs"), words: "The sampling rate is a number above 0, in Hz." };
}

/**
 * Put the options into a form.
 * @param {FormData} form
 */
export function appendOptions(form) {
  for (const name of ["prior", "fs", "unit"]) {
    if (byId(name).value !== "") form.append(name, byId(name).value);
  }
  for (const [file, potassium] of references()) {
    form.append("reference_file", file.files[0]);
    form.append("reference_potassium", potassium.value);
  }
}

/** @returns {[HTMLInputElement, HTMLInputElement][]} file and potassium of each row */
function references() {
  return [...byId("reference-rows").children].map((row) => row.querySelectorAll("input"));
}
