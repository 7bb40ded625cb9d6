// Starts the dashboard. If the start fails, it reloads the page once, because another version may have been
// installed meanwhile; if that fails, too, it shows the error and a Retry button.
const RELOADED = "deskbell.reloaded";

function remember(reloaded) {
  try {
    if (reloaded) sessionStorage.setItem(RELOADED, "yes");
    else sessionStorage.removeItem(RELOADED);
  } catch {
    // Without storage there is no automatic reload.
  }
}

function mayReload() {
  try {
    return sessionStorage.getItem(RELOADED) === null && (remember(true), sessionStorage.getItem(RELOADED) !== null);
  } catch {
    return false;
  }
}

function fail(reason) {
  const boot = document.getElementById("boot");
  if (!boot) return;
  boot.dataset.state = reason;
  boot.querySelector("button").addEventListener("click", () => location.reload());
}

async function start() {
  if (typeof WebAssembly !== "object") return fail("unsupported");
  try {
    const { default: init } = await import("{{dashboard.js}}");
    await init({ module_or_path: "{{dashboard.wasm}}" });
    remember(false);
  } catch (error) {
    console.error("The dashboard did not start:", error);
    if (mayReload()) location.reload();
    else fail("failed");
  }
}

void start();
