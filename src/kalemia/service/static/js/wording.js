/** What the server says to engineers, in the words of this page. */

/** Options of the command line, and where their like is found here. @type {[RegExp, string][]} */
const HERE = [
  [/: --(gain|speed)\b/g, " in the form below"],
  [/: --strip [\d to]+, as numbered in the overlay/g, " in the form below"],
  [/with --(page|strip)\b/g, "in the form below"],
  [/(add|Add) --fs 500\b/g, "$1 the sampling rate under Options"],
  [/--fs\b/g, "the sampling rate under Options"],
  [/add --unit (\w+)/g, "give the unit $1 under Options"],
  [/say the unit with --unit (\w+)/g, "give the unit $1 under Options"],
];

/**
 * @param {string} text
 * @returns {string} the same, without options of the command line
 */
export function here(text) {
  return HERE.reduce((said, [option, words]) => said.replace(option, words), text);
}
