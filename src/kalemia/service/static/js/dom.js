/** Elements of the page. All text goes in as text, never as markup: file names and messages come from outside. */

/**
 * @param {string} id
 * @returns {any} the element of that id
 */
export function byId(id) {
  return document.getElementById(id);
}

/**
 * A new element.
 * @param {string} tag
 * @param {Object<string, any>} [properties] of the element, such as `className`
 * @param {...(Node|string)} children
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Show an element where a condition holds.
 * @param {Element & {hidden?: boolean}} element
 * @param {boolean} isShown
 */
export function show(element, isShown) {
  element.hidden = !isShown;
}

/**
 * Fill a list with sentences, and hide it where there is none.
 * @param {HTMLElement} list
 * @param {string[]} sentences
 */
export function fillList(list, sentences) {
  list.replaceChildren(...sentences.map((text) => make("li", { textContent: text })));
  show(list, sentences.length > 0);
}

/**
 * Fill a list of facts.
 * @param {HTMLElement} list a `dl`
 * @param {[string, string][]} facts
 */
export function fillFacts(list, facts) {
  list.replaceChildren(
    ...facts.map(([name, value]) => make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value }))),
  );
}

/**
 * Show a picture that the server sent; nothing where it sent something else.
 * @param {HTMLImageElement} image
 * @param {string|null|undefined} url
 * @param {string} described
 * @returns {boolean} whether there is a picture
 */
export function setPicture(image, url, described) {
  const isPicture = typeof url === "string" && /^(data:image\/|blob:)/.test(url);
  if (isPicture) image.src = url;
  else image.removeAttribute("src");
  image.alt = isPicture ? described : "";
  return isPicture;
}

/**
 * Tell people who cannot see it what has changed.
 * @param {string} text
 */
export function announce(text) {
  byId("status").textContent = text;
}
