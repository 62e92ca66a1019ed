/** How things leave the page: as a download, or through the clipboard. */

const PATIENCE = 10_000; // milliseconds after which a browser has surely begun to save

/** @param {import("./taken.js").Parcel} parcel */
export function download({ name, mime, bytes }) {
  const address = URL.createObjectURL(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (bytes)], { type: mime }));
  const link = Object.assign(document.createElement("a"), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), PATIENCE);
}

/**
 * Put a text into the clipboard; whether the browser allowed it.
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error; // no clipboard here, or not allowed
    return copyBySelection(text);
  }
}

/** The old way, which pages without a secure address are left with. @param {string} text */
function copyBySelection(text) {
  const box = Object.assign(document.createElement("textarea"), { value: text });
  const before = /** @type {HTMLElement | null} */ (document.activeElement);
  document.body.append(box);
  box.select();
  const copied = document.execCommand("copy");
  box.remove();
  before?.focus();
  return copied;
}
