// Puts an element's text on the clipboard, also where the page has no clipboard API: over plain http, or in a frame.

/** Returns false if the browser refuses; then the text is selected, ready for Ctrl + C. */
export async function copyText(element: HTMLElement): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(element.textContent ?? "");
    return true;
  } catch {
    getSelection()?.selectAllChildren(element);
    return document.execCommand("copy");
  }
}
