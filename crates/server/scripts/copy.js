// The copy button of the set-up page. Without JavaScript the button stays hidden, and the snippet can be selected.

const button = document.querySelector("[data-copies]");
const snippet = document.getElementById(button.dataset.copies);
const status = document.getElementById(button.getAttribute("aria-describedby"));

const copy = async () => {
  try {
    await navigator.clipboard.writeText(snippet.textContent);
    return true;
  } catch {
    // Pages without TLS have no clipboard API. Most browsers still copy a selection.
    getSelection().selectAllChildren(snippet);
    return document.execCommand("copy");
  }
};

button.hidden = false;
button.onclick = async () => {
  status.textContent = (await copy()) ? "Copied" : "Couldn't copy. Select the text and copy it.";
};
