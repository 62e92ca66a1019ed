/** What the browser remembers between visits: nothing but small settings, and nothing where it forbids that. */

/** @type {Map<string, string>} */
const memory = new Map();

/** @returns {Storage | null} none in a frame without an origin of its own, or where the visitor forbids it */
function store() {
  try {
    return window.localStorage;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}

/** @param {string} name @returns {string | null} */
export function recall(name) {
  return store()?.getItem(`separatrix.${name}`) ?? memory.get(name) ?? null;
}

/** @param {string} name @param {string} value */
export function remember(name, value) {
  memory.set(name, value);
  try {
    store()?.setItem(`separatrix.${name}`, value);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error; // the browser's room is full: remembered until the page is closed
  }
}
