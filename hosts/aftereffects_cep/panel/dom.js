// Small helpers around the DOM. Text only ever goes in as text, never as HTML.

/**
 * The element with an id of index.html.
 * @template {Element} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no ${kind.name} "${id}".`);
  return found;
}

/**
 * A new element.
 * @param {string} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 */
export function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/**
 * A new SVG element.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {(Node | string)[]} [children]
 */
export function makeSvg(tag, attributes, children = []) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * @param {string} label
 * @param {() => void} press
 * @param {Record<string, string>} [attributes]
 */
export function button(label, press, attributes = {}) {
  const made = /** @type {HTMLButtonElement} */ (make("button", { type: "button", ...attributes }, [label]));
  made.addEventListener("click", press);
  return made;
}

/**
 * Sets the text where it differs: a live region that is written anew is read aloud again.
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {HTMLElement} element
 * @param {boolean} seen
 */
export function show(element, seen) {
  if (element.hidden === seen) element.hidden = !seen;
}

/**
 * The options of a list, made anew only where they differ.
 * @param {HTMLSelectElement} select
 * @param {{value: string, label: string}[]} options
 * @param {string} chosen
 */
export function offer(select, options, chosen) {
  const before = [...select.options].map((option) => `${option.value}\n${option.text}`).join("\n\n");
  const after = options.map((option) => `${option.value}\n${option.label}`).join("\n\n");
  if (before !== after) select.replaceChildren(...options.map((each) => new Option(each.label, each.value)));
  if (select.value !== chosen) select.value = chosen;
}
