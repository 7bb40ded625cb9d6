// The script tag's few kilobytes: the launcher on the host page, and the door to the panel.
//
//   <script src="https://HOST/deskbell.js" data-site="KEY" async></script>
//
// It draws one button in a shadow root and asks nothing of the network until somebody shows
// intent: a pointer over the launcher loads the frame, opening it lets the frame begin. Nothing
// here needs more of a strict Content-Security-Policy than `script-src HOST; frame-src HOST`: styles are
// constructed, nothing is inline. The visitor's identity, draft and unsent words stay in this page's
// own storage, so they survive where browsers shut frames out of theirs.
(() => {
  "use strict";

  const script = document.currentScript ?? document.querySelector("script[data-site][src*='deskbell.js']");
  const site = script?.dataset.site;
  if (window.Deskbell) return window.Deskbell.attach();
  if (!site) return console.error("Deskbell: the script tag needs data-site=\"KEY\".");

  const HOST = new URL(script.src).origin;
  const IDENTITY = `deskbell:${site}`;
  const DRAFT = `${IDENTITY}:draft`;
  const OUTBOX = `${IDENTITY}:outbox`;
  // What is kept of unsent words: so many, so many characters in all, so long.
  const OUTBOX_WORDS = 50;
  const OUTBOX_CHARS = 65536;
  const OUTBOX_MS = 86400000;
  const COOKIE = `deskbell_${site}`;
  // The theme contract: what of these the page sets reaches the launcher and the panel.
  const THEME = ["primary", "on-primary", "focus-ring", "bg", "surface", "text", "border",
    "user-bubble-bg", "user-bubble-text", "bot-bubble-bg", "bot-bubble-text", "input-bg",
    "input-text", "input-border", "control-bg", "error-bg", "error-text"]
    .map((name) => `--cs-${name}`);

  const STYLE = `
    :host { all: initial }
    :host([hidden]) { display: none }
    .launcher, .panel {
      position: fixed; z-index: 2147483000; box-sizing: border-box; margin: 0; padding: 0;
      right: calc(20px + env(safe-area-inset-right));
      bottom: calc(20px + env(safe-area-inset-bottom));
    }
    .left .launcher, .left .panel { right: auto; left: calc(20px + env(safe-area-inset-left)) }

    .launcher {
      width: 56px; height: 56px; border: 1px solid transparent; border-radius: 50%; cursor: pointer;
      color: var(--cs-on-primary, oklch(0.82 0.11 82));
      background: var(--cs-primary, oklch(0.33 0.1 265));
      box-shadow: 0 1px 2px oklch(0.2 0.02 265 / .2), 0 8px 24px oklch(0.2 0.02 265 / .24);
      transition: transform 120ms ease-out; -webkit-tap-highlight-color: transparent;
    }
    .launcher:hover { transform: scale(1.05) }
    .launcher:active { transform: scale(.96) }
    .launcher:focus-visible {
      outline: 2px solid var(--cs-focus-ring, oklch(0.55 0.18 265)); outline-offset: 3px;
    }
    svg {
      position: absolute; inset: 0; margin: auto; width: 28px; height: 28px; fill: none;
      stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round;
      transition: opacity 120ms, transform 180ms ease-out;
    }
    .cross, [aria-expanded=true] .bell { opacity: 0; transform: scale(.6) }
    [aria-expanded=true] .cross { opacity: 1; transform: none }
    .cross { width: 24px; height: 24px; stroke-width: 2 }
    .solid { fill: currentColor }

    .badge {
      position: absolute; top: -3px; right: -3px; box-sizing: border-box; min-width: 20px;
      height: 20px; padding: 0 5px; border-radius: 10px; pointer-events: none;
      color: #fff; background: oklch(0.53 0.2 25); box-shadow: 0 0 0 2px oklch(1 0 0 / .9);
      font: 600 12px/20px system-ui, sans-serif; font-variant-numeric: tabular-nums;
    }
    .badge:empty { display: none }

    .panel {
      bottom: calc(92px + env(safe-area-inset-bottom));
      width: 380px; height: min(640px, 100vh - 112px); height: min(640px, 100dvh - 112px);
      overflow: hidden; border-radius: 16px; background: oklch(0.995 0.001 265);
      box-shadow: 0 0 0 1px oklch(0.2 0.02 265 / .1), 0 12px 40px oklch(0.2 0.02 265 / .22);
      opacity: 0; visibility: hidden; pointer-events: none; transform: translateY(12px);
      transition: opacity 180ms ease-out, transform 180ms ease-out, visibility 0s 180ms;
    }
    .panel.open { opacity: 1; visibility: visible; transform: none; transition-delay: 0s }
    .panel.open.ready { pointer-events: auto }
    iframe { display: block; width: 100%; height: 100%; border: 0; color-scheme: normal }

    @media (max-width: 639.9px) {
      .panel, .left .panel {
        inset: 0; top: var(--top, 0); width: 100%; height: var(--height, 100dvh); border-radius: 0;
      }
      .panel.open.ready + .launcher { visibility: hidden }
    }
    @media (prefers-color-scheme: dark) {
      .launcher {
        border-color: oklch(1 0 0 / .14); background: var(--cs-primary, oklch(0.36 0.1 265));
      }
      .panel {
        background: oklch(0.2 0.01 265);
        box-shadow: 0 0 0 1px oklch(1 0 0 / .12), 0 12px 40px oklch(0 0 0 / .5);
      }
      .badge { box-shadow: 0 0 0 2px oklch(0.2 0.01 265) }
    }
    @media (prefers-reduced-motion: reduce) { * { transition: none !important } }
    @media print { :host { display: none } }`;

  // Storage may be shut, full or forbidden: then the visitor is a new one the next time.
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  const readToken = () =>
    attempt(() => JSON.parse(localStorage.getItem(IDENTITY)).token) ??
    attempt(() => {
      const pair = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
      return pair ? decodeURIComponent(pair.slice(COOKIE.length + 1)) : null;
    });

  const writeCookie = (value, seconds) =>
    attempt(() => {
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
    });

  const keepToken = ({ token, expires_at, renew_at }) => {
    attempt(() => localStorage.setItem(IDENTITY, JSON.stringify({ token, expires_at, renew_at })));
    writeCookie(encodeURIComponent(token), Math.floor((expires_at - Date.now()) / 1000));
  };

  const keepDraft = (text) =>
    attempt(() => (text ? localStorage.setItem(DRAFT, text) : localStorage.removeItem(DRAFT)));

  // Words that no server has taken yet: whose, and what, by their names. All tabs share them; words
  // that several send stand once. A name begins with the time at which it was made.
  const readOutbox = () => {
    const madeAt = (name) => parseInt(name.replace("-", "").slice(0, 12), 16);
    const kept = attempt(() => JSON.parse(localStorage.getItem(OUTBOX))) ?? {};
    return Object.entries(kept).filter(([name]) => Date.now() - madeAt(name) < OUTBOX_MS);
  };

  const keepOutbox = (entries) =>
    attempt(() => {
      const text = JSON.stringify(Object.fromEntries(entries));
      if (!entries.length) localStorage.removeItem(OUTBOX);
      else if (entries.length <= OUTBOX_WORDS && text.length <= OUTBOX_CHARS) localStorage.setItem(OUTBOX, text);
    });

  const element = (parent, name, attributes = {}) => {
    const svg = name === "svg" || name === "path";
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };

  const icon = (parent, name, paths) => {
    const svg = element(parent, "svg", { viewBox: "0 0 24 24", class: name, "aria-hidden": "true" });
    for (const [d, look] of paths) element(svg, "path", look ? { d, class: look } : { d });
  };

  const host = document.createElement("deskbell-widget");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = attempt(() => {
    const made = new CSSStyleSheet();
    made.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [made];
    return made;
  });
  if (!sheet) element(shadow, "style").textContent = STYLE;

  const root = element(shadow, "div", { class: script.dataset.position === "left" ? "left" : "right" });
  const panel = element(root, "div", { class: "panel", id: "panel" });
  const launcher = element(root, "button", {
    class: "launcher", type: "button", "aria-expanded": "false", "aria-controls": "panel", "aria-label": "Open chat",
  });
  icon(launcher, "bell", [
    ["M4 16.5a8 8 0 0 1 16 0Z", "solid"],
    ["M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"],
  ]);
  icon(launcher, "cross", [["M6 6l12 12M18 6L6 18"]]);
  const badge = element(launcher, "span", { class: "badge", "aria-hidden": "true" });

  let frame = null;
  let ready = false; // the program in the frame runs
  let begun = false; // it was told to begin
  let open = false;
  let unread = 0;
  let visitor = null; // whom the token names
  let waiting = []; // the names of this panel's unsent words
  // Who the page says the visitor is; without `hash` or `jwt` agents see that it is only said.
  const NAMES = { externalId: "external_id", identityHash: "hash", identity: "jwt", name: "name", email: "email" };
  const told = Object.entries(NAMES).map(([from, to]) => [to, script.dataset[from]]).filter(([, value]) => value);
  let identity = told.length ? Object.fromEntries(told) : null;

  const say = (type, more) => frame?.contentWindow?.postMessage({ deskbell: 1, type, ...more }, HOST);
  const announce = (type, detail) => window.dispatchEvent(new CustomEvent(`deskbell:${type}`, { detail }));

  // Black or white, whichever reads better on `color`. The mix with itself has the browser turn
  // any notation into `color(srgb r g b)`.
  const textOn = (color) => {
    launcher.style.color = `color-mix(in srgb, ${color}, ${color})`;
    const parts = getComputedStyle(launcher).color.match(/[\d.]+/g).slice(0, 3);
    launcher.style.color = "";
    const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((+c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const readTheme = () => {
    const style = getComputedStyle(host);
    const set = THEME.map((name) => [name, style.getPropertyValue(name).trim()]).filter(([, value]) => value);
    return Object.fromEntries(set);
  };

  const paint = () => {
    const color = script.dataset.color;
    if (color && CSS.supports("color", color)) host.style.setProperty("--cs-primary", color);
    const theme = readTheme();
    if (theme["--cs-primary"] && !theme["--cs-on-primary"]) {
      host.style.setProperty("--cs-on-primary", textOn(theme["--cs-primary"]));
    }
  };

  const label = () => {
    const news = unread ? `, ${unread} unread` : "";
    launcher.setAttribute("aria-label", open ? "Close chat" : `Open chat${news}`);
    badge.textContent = open || !unread ? "" : unread > 9 ? "9+" : unread;
  };

  const begin = () => {
    if (!ready || !(open || readOutbox().length)) return;
    if (!begun) {
      begun = true;
      say("init", { token: readToken(), identity: identity && JSON.stringify(identity), draft: attempt(() => localStorage.getItem(DRAFT)) ?? "", theme: readTheme() });
    }
    if (!open) return;
    say("opened");
    frame.focus();
  };

  // The panel goes on with the words that its visitor wrote on a page before; nobody else sends them.
  const handOver = () => {
    const own = readOutbox().filter(([, kept]) => kept?.[0] === visitor);
    keepOutbox(own);
    if (!own.length) return;
    waiting = own.map(([name]) => name);
    say("waiting", { words: Object.fromEntries(own.map(([name, [, words]]) => [name, words])) });
  };

  const keepWaiting = (text) => {
    const now = Object.entries(text ? JSON.parse(text) : {}).map(([name, words]) => [name, [visitor, words]]);
    keepOutbox([...readOutbox().filter(([name]) => !waiting.includes(name)), ...now]);
    waiting = now.map(([name]) => name);
  };

  const warm = () => {
    if (frame) return;
    frame = element(panel, "iframe", { title: "Chat", allow: "clipboard-write" });
    frame.src = `${HOST}/widget/frame?site=${encodeURIComponent(site)}`;
  };

  const setOpen = (next) => {
    if (open === next) return;
    if (next) warm();
    open = next;
    panel.classList.toggle("open", open);
    launcher.setAttribute("aria-expanded", open);
    label();
    if (open) {
      begin();
    } else {
      say("closed");
      launcher.focus({ preventScroll: true });
    }
    announce(open ? "open" : "close");
  };

  const hear = (event) => {
    const message = event.data;
    if (!frame || event.source !== frame.contentWindow || event.origin !== HOST || message?.deskbell !== 1) return;
    if (message.type === "ready") {
      ready = true;
      begun = false;
      panel.classList.add("ready");
      begin();
    } else if (message.type === "token") {
      keepToken(message);
      visitor = message.visitor;
      handOver();
    } else if (message.type === "waiting") keepWaiting(message.words);
    else if (message.type === "draft") keepDraft(message.text);
    else if (message.type === "close") setOpen(false);
    else if (message.type === "unread") {
      unread = message.count;
      label();
      announce("unread", { count: unread });
    }
  };

  // On a phone the keyboard covers the page: the panel takes what is left of it.
  const fit = () => {
    panel.style.setProperty("--top", `${visualViewport.offsetTop}px`);
    panel.style.setProperty("--height", `${visualViewport.height}px`);
  };

  const leave = (event) => {
    if (event.key === "Escape" && open) setOpen(false);
  };

  for (const intent of ["pointerenter", "focus", "touchstart"]) {
    launcher.addEventListener(intent, warm, { once: true, passive: true });
  }
  launcher.addEventListener("click", () => setOpen(!open));
  root.addEventListener("keydown", leave);
  window.addEventListener("message", hear);
  window.visualViewport?.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("scroll", fit);

  // The panel begins anew, as whoever it is now.
  const restart = () => {
    frame?.remove();
    frame = null;
    ready = false;
    waiting = [];
    panel.classList.remove("ready");
    if (open || readOutbox().length) warm();
  };

  const identify = (next) => {
    identity = next ?? null;
    restart();
  };

  const forget = () => {
    attempt(() => [IDENTITY, DRAFT, OUTBOX].forEach((key) => localStorage.removeItem(key)));
    writeCookie("", 0);
    unread = 0;
    label();
    identify(null);
  };

  const attach = () => {
    if (host.isConnected) return;
    ready = false; // a frame that was taken out of the page starts anew
    panel.classList.remove("ready");
    document.body.append(host);
    paint();
    if (readOutbox().length) warm(); // what was written on a page before goes out unasked
  };

  const destroy = () => {
    host.remove();
    window.removeEventListener("message", hear);
    window.visualViewport?.removeEventListener("resize", fit);
    window.visualViewport?.removeEventListener("scroll", fit);
    delete window.Deskbell;
  };

  window.Deskbell = {
    attach,
    identify,
    forget,
    open: () => setOpen(true),
    close: () => setOpen(false),
    toggle: () => setOpen(!open),
    show: () => host.removeAttribute("hidden"),
    hide: () => host.setAttribute("hidden", ""),
    destroy,
  };

  if (document.body) attach();
  else document.addEventListener("DOMContentLoaded", attach, { once: true });
})();
