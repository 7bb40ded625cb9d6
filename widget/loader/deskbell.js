// Deskbell's loader: the small script that a website includes to show the chat.
//
//   <script src="https://HOST/deskbell.js" data-site="KEY" async></script>
//
// It draws the launcher (one button in a shadow root), defines `window.Deskbell`, and sends no request before
// the visitor shows intent. Every page of the website loads it, so everything that is needed later is in two
// more scripts, its parts:
//
// - `panel.js` runs the panel's frame. It loads, at the same time as the frame, when the pointer, a finger or
//   the focus reaches the launcher, when the page opens the panel, and when messages are still unsent.
// - `replies.js` reports replies on every page. It loads only for a visitor with an open conversation.
//
// Parts are modules: `import()` needs no permission beyond that of this script, also under a policy with
// nonces or Trusted Types. Everything comes from the Deskbell server, so a strict Content-Security-Policy
// needs `script-src HOST; frame-src HOST` and nothing else: style sheets are constructed, nothing is inline.
// The visitor's token, draft and unsent messages are stored in the page's own storage, because browsers
// may block storage in frames.
(() => {
  "use strict";

  // Storage, URLs and style sheets may be unavailable; the chat works without them.
  const attempt = (action) => {
    try {
      return action();
    } catch {
      return null;
    }
  };

  // Settings come from `window.LiveChatConfig`, the tag's data attributes and the script's address, in
  // this order: tag managers drop attributes, and an inlined script has no address.
  const script = document.currentScript ?? document.querySelector("script[src*='/deskbell.js']");
  const address = attempt(() => new URL(script.src));
  const config = { ...Object.fromEntries(address?.searchParams ?? []), ...script?.dataset, ...window.LiveChatConfig };
  const { site } = config;
  const server = config.server ?? (address?.pathname === "/deskbell.js" ? address.origin : "");
  const HOST = attempt(() => new URL(/^https?:/.test(server) ? server : "").origin);

  const running = window.Deskbell;
  if (running?.attach) {
    if (site && running.site !== site) {
      console.error(`Deskbell: this page already shows the chat of site "${running.site}"; the snippet of site "${site}" was ignored.`);
    }
    return running.attach();
  }
  if (!site || !HOST) {
    return console.error(`Deskbell: add ${site ? 'data-server="https://YOUR-DESKBELL-SERVER"' : 'data-site="YOUR-SITE-KEY"'} to the script tag or to LiveChatConfig.`);
  }

  const IDENTITY = `deskbell:${site}`;
  const COOKIE = `deskbell_${site}`;
  const key = (name) => `${IDENTITY}:${name}`;
  // How long a part and the frame may take to load.
  const LOAD_MS = 20000;
  // The number of removals within ten seconds after which the element is not inserted again.
  const MOST_RETURNS = 20;
  const BELL = "M4 16.5a8 8 0 0 1 16 0ZM2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5";

  const readText = (key) => attempt(() => localStorage.getItem(key));
  const read = (key) => attempt(() => JSON.parse(localStorage.getItem(key)));
  const write = (key, text) =>
    attempt(() => (text ? localStorage.setItem(key, text) : localStorage.removeItem(key)));
  const writeCookie = (value, seconds) =>
    attempt(() => {
      document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${location.protocol === "https:" ? "; Secure" : ""}`;
    });

  const element = (parent, name, attributes) => {
    const namespace = /svg|path/.test(name) ? "2000/svg" : "1999/xhtml";
    const node = document.createElementNS(`http://www.w3.org/${namespace}`, name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    parent.append(node);
    return node;
  };

  const icon = (parent, ...paths) => {
    const svg = element(parent, "svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
    for (const d of paths) element(svg, "path", { d });
  };

  // Programs that rebuild the page (hydration, page transitions, scripts that replace the body) remove the
  // element or add copies of it without its shadow root. The element's own callbacks notice both. The class
  // outlives `destroy()`, so it refers to the current element through itself.
  const NAME = "deskbell-widget";
  let Widget = customElements.get(NAME);
  if (!Widget) {
    Widget = class extends HTMLElement {
      connectedCallback() {
        if (this !== Widget.current) this.remove();
      }
      disconnectedCallback() {
        if (this === Widget.current) Widget.removed();
      }
    };
    customElements.define(NAME, Widget);
  }

  const host = (Widget.current = new Widget());
  const shadow = host.attachShadow({ mode: "open" });
  const addStyle = (text) => {
    const added = attempt(() => {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(text);
      return (shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet]);
    });
    if (!added) element(shadow, "style").textContent = text;
  };
  addStyle("{{loader.css}}");

  const root = element(shadow, "div", { class: config.position === "left" ? "left" : "right" });
  // Without its style sheet the panel is not shown.
  const panel = element(root, "div", { class: "panel", id: "panel", hidden: "" });
  const problem = element(root, "div", { class: "problem", role: "alert", hidden: "" });
  const launcher = element(root, "button", { class: "launcher", type: "button", "aria-expanded": "false" });
  icon(launcher, BELL);
  const badge = element(launcher, "span", { class: "badge", "aria-hidden": "true" });

  const life = new AbortController(); // ends every listener of this chat
  const { signal } = life;
  let returns = 0; // how often the element was put back within ten seconds
  let imports = 0; // a browser may never repeat a failed import of the same address

  const announce = (type, detail) => window.dispatchEvent(new CustomEvent(`deskbell:${type}`, { detail }));

  // By its name, the event handler of a part, or the events that it missed while it loads.
  const parts = {};
  const load = (name) => {
    if (parts[name]) return;
    const missed = (parts[name] = []);
    const isLoading = () => parts[name] === missed && !signal.aborted;
    const giveUp = () => {
      if (!isLoading()) return;
      delete parts[name];
      if (name === "panel") fail();
    };
    setTimeout(giveUp, LOAD_MS);
    // A panel that did not load is reported at once. `replies` is requested again after LOAD_MS at the earliest.
    import(`${HOST}/deskbell-${name}.js#${++imports}`).then(({ start }) => {
      if (!isLoading()) return;
      parts[name] = start(chat);
      for (const event of missed) parts[name](...event);
    }, () => name === "panel" && giveUp());
  };

  // Passes an event on to the parts. There may be a conversation from the first message on, and on every page
  // until it is closed and read.
  const emit = (type, data) => {
    for (const name in parts) parts[name].push?.([type, data]) ?? parts[name](type, data);
    const stored = read(key("replies"));
    const isVisitor = readText(IDENTITY) ?? attempt(() => document.cookie.includes(`${COOKIE}=`));
    if (host.isConnected && isVisitor && (stored?.open !== false || stored.unread)) load("replies");
  };

  // The frame is requested here, so that it loads at the same time as the script that runs it.
  const loadPanel = () => {
    problem.hidden = true;
    load("panel");
    if (chat.frame) return;
    const frame = (chat.frame = element(panel, "iframe", { title: "Chat", allow: "clipboard-write", referrerpolicy: "origin" }));
    frame.onload = () => emit("load", frame);
    frame.src = `${HOST}/widget/frame?site=${encodeURIComponent(site)}`;
    emit("frame", frame);
  };

  const fail = (isRefused) => {
    chat.frame?.remove();
    chat.frame = null;
    reason.textContent = isRefused ? "The chat is not available on this website." : "Chat can't load right now. Check your connection and try again.";
    problem.hidden = !chat.open;
    if (!chat.hasFailed) {
      console.error(`Deskbell: the chat did not load on ${location.origin}. Check that Settings → Sites lists this address, that the page's policy allows ${HOST}, and that it can be reached.`);
    }
    chat.hasFailed = true;
    emit("failed");
  };

  const show = () => {
    const { open, unread } = chat;
    launcher.setAttribute("aria-expanded", open);
    launcher.setAttribute("aria-label", open ? "Close chat" : unread ? `Open chat, ${unread} unread` : "Open chat");
    badge.textContent = open || !unread ? "" : unread > 9 ? "9+" : unread;
  };

  const setUnread = (unread) => {
    if (chat.unread !== unread) announce("unread", { count: unread });
    chat.unread = unread;
    show();
  };

  const setOpen = (open, byVisitor) => {
    if (chat.open === open) return;
    chat.open = open;
    chat.byVisitor = byVisitor;
    problem.hidden = true;
    if (open) {
      loadPanel();
      setUnread(0);
    }
    show();
    emit("open");
    announce(open ? "open" : "close");
  };

  // The interface for the parts: functions of this script, and its state.
  const chat = {
    HOST, IDENTITY, BELL, LOAD_MS, site, host, shadow, root, panel, launcher, signal, key, read, readText, write,
    writeCookie, element, icon, addStyle, emit, loadPanel, fail, setOpen, setUnread,
    open: false,
    unread: 0,
    // The visitor as the page describes them; without `hash` or `jwt` agents see it as unverified.
    identity: {
      external_id: config.externalId, hash: config.identityHash, jwt: config.identity, name: config.name, email: config.email,
    },
  };

  // Black or white, whichever contrasts more with `color`. Mixing the colour with itself makes the browser
  // convert any notation to `color(srgb r g b)`.
  const textOn = (color) => {
    launcher.style.color = `color-mix(in srgb, ${color}, ${color})`;
    const parts = getComputedStyle(launcher).color.match(/[\d.]+/g);
    launcher.style.color = "";
    const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((+c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const applyColor = () => {
    const set = (name, value) => host.style.setProperty(`--deskbell-${name}`, value);
    const value = (name) => {
      const style = getComputedStyle(host);
      return style.getPropertyValue(`--deskbell-${name}`) || style.getPropertyValue(`--cs-${name}`);
    };
    if (CSS.supports("color", config.color)) set("primary", config.color);
    const primary = value("primary");
    if (primary && !value("on-primary")) set("on-primary", textOn(primary));
  };

  const attach = () => {
    if (signal.aborted || host.isConnected) return;
    if (!document.body) return setTimeout(attach, 20);
    document.body.append(host);
    applyColor();
    show();
    emit("attached");
    // Messages that were written on an earlier page are sent at once.
    if (chat.open || readText(key("outbox"))) loadPanel();
  };

  Widget.removed = () => {
    emit("removed");
    setTimeout(() => returns--, 10000);
    if (++returns <= MOST_RETURNS) return setTimeout(attach);
    console.warn("Deskbell: this page keeps removing the chat. Call Deskbell.attach() to show it again.");
  };

  const identify = (who) => {
    chat.identity = { ...who };
    emit("identity");
  };

  const setMuted = (muted) => {
    write(key("muted"), muted);
    emit("muted");
  };

  // A call from the visitor's own click or key moves the focus into the panel; any other must not take it
  // from the field in which they type.
  const isByVisitor = () => {
    const { isTrusted, type, target } = window.event ?? {};
    return isTrusted && (type === "click" || (type === "keydown" && !target.closest("input, textarea, select, [contenteditable]")));
  };

  window.Deskbell = {
    site,
    attach,
    identify,
    forget() {
      for (const name of ["draft", "outbox", "replies"]) write(key(name));
      write(IDENTITY);
      writeCookie("", 0);
      setUnread(0);
      chat.identity = {};
      emit("forget");
    },
    open: () => setOpen(true, isByVisitor()),
    close: () => setOpen(false, isByVisitor()),
    toggle: () => setOpen(!chat.open, isByVisitor()),
    show: () => host.removeAttribute("hidden"),
    hide: () => host.setAttribute("hidden", ""),
    mute: () => setMuted("1"),
    unmute: () => setMuted(),
    destroy() {
      life.abort();
      Widget.current = null;
      host.remove();
      delete window.Deskbell;
    },
  };

  const listen = (target, type, listener, once) => target.addEventListener(type, listener, { signal, once, passive: true });
  listen(window, "message", (event) => {
    if (event.origin === HOST && event.data?.deskbell === 1) emit("message", event);
  });
  listen(window, "storage", (event) => {
    if (!event.key || event.key.startsWith(IDENTITY)) emit("storage");
  });
  for (const intent of ["pointerenter", "focus", "touchstart"]) listen(launcher, intent, loadPanel, true);
  listen(launcher, "click", () => setOpen(!chat.open, true));
  const reason = element(problem, "p");
  const retry = element(problem, "button", { type: "button" });
  retry.textContent = "Try again";
  listen(retry, "click", loadPanel);
  attach();
})();
