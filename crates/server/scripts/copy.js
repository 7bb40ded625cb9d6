// The copy buttons of the public pages. Without JavaScript they stay hidden, and the text can be selected.

const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text.textContent);
    return true;
  } catch {
    // Pages without TLS have no clipboard API. Most browsers still copy a selection.
    getSelection().selectAllChildren(text);
    return document.execCommand("copy");
  }
};

for (const button of document.querySelectorAll("[data-copies]")) {
  const text = document.getElementById(button.dataset.copies);
  const status = document.getElementById(button.getAttribute("aria-describedby"));
  button.hidden = false;
  button.onclick = async () => {
    status.textContent = (await copy(text)) ? "Copied" : "Couldn't copy. Select the text and copy it.";
  };
}
