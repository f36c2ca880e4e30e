/** Drawings as SVG. */

const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * A new element of SVG.
 * @param {string} tag
 * @param {Object<string, string|number>} [attributes]
 * @param {...(Node|string)} children
 * @returns {SVGElement}
 */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * A drawing of a size in px, with a text that says what it shows.
 * @param {number} width
 * @param {number} height
 * @param {string} described
 * @param {...Node} children
 */
export function drawing(width, height, described, ...children) {
  const attributes = { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": described };
  return draw("svg", attributes, ...children);
}

/** @param {number} x */
function short(x) {
  return x.toFixed(1).replace(/\.0$/, "");
}

/**
 * The path through a series; it breaks where there is no value.
 * @param {(number|null)[]} values
 * @param {(index: number) => number} x in px
 * @param {(value: number) => number} y in px
 */
export function seriesPath(values, x, y) {
  let path = "";
  let isDown = false;
  values.forEach((value, index) => {
    if (value !== null) path += `${isDown ? "L" : "M"}${short(x(index))} ${short(y(value))}`;
    isDown = value !== null;
  });
  return path;
}

/**
 * A path of straight strokes.
 * @param {[number, number, number, number][]} strokes each x, y to x, y
 */
export function strokesPath(strokes) {
  return strokes.map(([x1, y1, x2, y2]) => `M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}`).join("");
}

/**
 * A linear scale.
 * @param {[number, number]} from
 * @param {[number, number]} to
 * @returns {(value: number) => number}
 */
export function linear([from0, from1], [to0, to1]) {
  return (value) => to0 + ((value - from0) / (from1 - from0)) * (to1 - to0);
}

/** @type {WeakMap<Element, ResizeObserver>} */
const observers = new WeakMap();

/**
 * Draw to the width of an element, and again when that changes, so that letters keep their size.
 * @param {Element} container
 * @param {(width: number) => SVGElement} drawTo
 */
export function drawToWidth(container, drawTo) {
  observers.get(container)?.disconnect();
  let drawn = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(container.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    container.replaceChildren(drawTo(width));
  });
  observer.observe(container);
  observers.set(container, observer);
}
