/** Gives what is shown to other programs: a file, or the clipboard. */

/**
 * Save a file.
 * @param {string} name
 * @param {Blob} content
 */
export function save(name, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/**
 * Copy text. A frame to which the portal gives no clipboard copies by the browser's own command.
 * @param {string} copied
 * @returns {Promise<boolean>} whether it is in the clipboard
 */
export async function copy(copied) {
  try {
    await navigator.clipboard.writeText(copied);
    return true;
  } catch {
    let done = false;
    /** @param {ClipboardEvent} event */
    const give = (event) => {
      event.clipboardData?.setData("text/plain", copied);
      event.preventDefault();
      event.stopImmediatePropagation();
      done = true;
    };
    document.addEventListener("copy", give, true);
    document.execCommand("copy");
    document.removeEventListener("copy", give, true);
    return done;
  }
}
