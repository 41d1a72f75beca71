/** Small ways to build and change elements. Text only, never HTML: what a feed says cannot become markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {Node | string | null | undefined | false} Child
 */

/**
 * Build an element.
 * @param {string} name tag, with classes after dots: "p.note.small"
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  put(node, attributes);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/**
 * Build an SVG element.
 * @param {string} name
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string)} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, name);
  put(node, attributes);
  node.append(...children);
  return node;
}

/**
 * Set attributes. Null and undefined remove one; so does false, and true sets it empty, but of an ARIA state both are
 * words that must be written out.
 * @param {Element} node
 * @param {Record<string, string | number | boolean | null | undefined>} attributes
 */
export function put(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const wordless = value === false && !name.startsWith("aria-");
    if (value === null || value === undefined || wordless) node.removeAttribute(name);
    else {
      const text = value === true && !name.startsWith("aria-") ? "" : String(value);
      if (node.getAttribute(name) !== text) node.setAttribute(name, text);
    }
  }
}

/**
 * Change an element's text where it differs, so that nothing is painted or spoken twice.
 * @param {Element} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * The element with an id, which the page is known to have.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element #${id}`);
  return node;
}
