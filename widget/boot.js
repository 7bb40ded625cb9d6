// Starts the panel's program. The first message informs the loader that the browser has not blocked this page. If the start fails,
// the page reloads once by itself: behind a proxy, its files may have come from a server of another version. After that,
// and where WebAssembly is turned off, the form of the basic frame takes its place.

// Enter and Escape of an input method do not reach the program. Safari sends the last one with key code 229.
addEventListener("keydown", (e) => (e.isComposing || e.keyCode === 229) && /^E(nter|scape)$/.test(e.key) && e.stopImmediatePropagation(), true);
if (parent !== window) parent.postMessage({ deskbell: 1, type: "loading" }, "*");
try {
  const { default: init } = await import("{{widget.js}}");
  await init({ module_or_path: "{{widget.wasm}}" });
} catch {
  if (self.WebAssembly && location.hash !== "#retried") {
    history.replaceState(null, "", "#retried");
    location.reload();
  } else location.replace(`/widget/basic${location.search}`);
}
