// Deskbell's loader: the small script that a website includes to show the chat.
//
//   <script src="https://HOST/deskbell.js" data-site="KEY" async></script>
//
// It draws the launcher (one button in a shadow root) and sends no request before the visitor shows
// intent: a pointer over the launcher loads the panel's frame, opening the panel starts it. Only for a
// visitor with an open conversation it loads a second script at once, `replies.js`, which reports replies on
// every page. Everything comes from the Deskbell server, so a strict Content-Security-Policy needs
// `script-src HOST; frame-src HOST` and nothing else: the style sheet is constructed, nothing is inline.
// The visitor's token, draft and unsent messages are stored in the page's own storage, because browsers
// may block storage in frames.
(() => {
  "use strict";

  // Storage, URLs and audio may be unavailable; the chat works without them.
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
      console.error(`Deskbell: this page already shows the chat of site "${running.site}", so the snippet of site "${site}" was ignored.`);
    }
    return running.attach();
  }
  if (!site || !HOST) {
    const missing = site ? 'data-server="https://YOUR-DESKBELL-SERVER"' : 'data-site="YOUR-SITE-KEY"';
    return console.error(`Deskbell: add ${missing} to the script tag, or set it in window.LiveChatConfig.`);
  }

  const IDENTITY = `deskbell:${site}`;
  const DRAFT = `${IDENTITY}:draft`;
  const OUTBOX = `${IDENTITY}:outbox`;
  const REPLIES = `${IDENTITY}:replies`;
  const MUTED = `${IDENTITY}:muted`;
  const COOKIE = `deskbell_${site}`;
  // Limits of the stored outbox: messages, characters in all, age.
  const OUTBOX_MESSAGES = 50;
  const OUTBOX_CHARS = 65536;
  const OUTBOX_MS = 86400000;
  // How long a frame may take to load, and to answer after that.
  const LOAD_MS = 20000;
  const ANSWER_MS = 2000;
  // A page that removes the element this often within ten seconds does not want it.
  const MOST_RETURNS = 20;
  // The theme variables that a page may set as `--deskbell-NAME`. The old names stay valid: prefix
  // `--cs-`, and `user` and `bot` in place of `own` and `agent`.
  const THEME = (
    "primary on-primary focus-ring bg surface text border own-bubble-bg own-bubble-text " +
    "agent-bubble-bg agent-bubble-text input-bg input-text input-border control-bg error-bg " +
    "error-text"
  ).split(" ");
  const oldName = (name) => `--cs-${name.replace("own-", "user-").replace("agent-", "bot-")}`;

  const STYLE = "{{loader.css}}";

  const readText = (key) => attempt(() => localStorage.getItem(key));
  const read = (key) => attempt(() => JSON.parse(localStorage.getItem(key)));
  const write = (key, text) =>
    attempt(() => (text ? localStorage.setItem(key, text) : localStorage.removeItem(key)));

  const readToken = () =>
    read(IDENTITY)?.token ??
    attempt(() => {
      const pair = document.cookie.split("; ").find((part) => part.startsWith(`${COOKIE}=`));
      return pair ? decodeURIComponent(pair.slice(COOKIE.length + 1)) : null;
    });

  const writeCookie = (value, seconds) =>
    attempt(() => {
      const secure = location.protocol === "https:" ? "; Secure" : "";
      document.cookie = `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
    });

  const writeToken = ({ token, expires_at, renew_at, visitor }, person) => {
    write(IDENTITY, JSON.stringify({ token, expires_at, renew_at, visitor, person }));
    writeCookie(encodeURIComponent(token), Math.floor((expires_at - Date.now()) / 1000));
  };

  // The outbox: messages that the server has not acknowledged, as `[client id, [visitor, message]]`. All
  // tabs share it; a message that several tabs send is saved once. A client id begins with its time.
  const readOutbox = () => {
    const createdAt = (id) => parseInt(id.replace("-", "").slice(0, 12), 16);
    return Object.entries(read(OUTBOX) ?? {}).filter(([id]) => Date.now() - createdAt(id) < OUTBOX_MS);
  };

  const writeOutbox = (entries) => {
    const text = JSON.stringify(Object.fromEntries(entries));
    if (!entries.length) write(OUTBOX);
    else if (entries.length <= OUTBOX_MESSAGES && text.length <= OUTBOX_CHARS) write(OUTBOX, text);
  };

  const element = (parent, name, attributes = {}) => {
    const svg = name === "svg" || name === "path";
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    parent.append(node);
    return node;
  };

  const icon = (parent, name, paths) => {
    const svg = element(parent, "svg", { viewBox: "0 0 24 24", class: name, "aria-hidden": "true" });
    for (const [d, kind] of paths) element(svg, "path", kind ? { d, class: kind } : { d });
  };
  const BELL = [["M4 16.5a8 8 0 0 1 16 0Z", "solid"], ["M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"]];
  const CROSS = [["M6 6l12 12M18 6L6 18"]];

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

  const host = new Widget();
  Widget.current = host;
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = attempt(() => {
    const made = new CSSStyleSheet();
    made.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [made];
    return made;
  });
  if (!sheet) element(shadow, "style").textContent = STYLE;

  const root = element(shadow, "div", { class: config.position === "left" ? "left" : "right" });
  const panel = element(root, "div", { class: "panel", id: "panel" });
  const problem = element(panel, "div", { class: "problem", role: "alert", hidden: "" });
  element(problem, "p").textContent = "Chat can't load right now.";
  const retry = element(problem, "button", { type: "button" });
  retry.textContent = "Try again";

  const launcher = element(root, "button", {
    class: "launcher", type: "button", "aria-expanded": "false", "aria-controls": "panel", "aria-label": "Open chat",
  });
  icon(launcher, "bell", BELL);
  icon(launcher, "cross", CROSS);
  const badge = element(launcher, "span", { class: "badge", "aria-hidden": "true" });

  let destroyed = false;
  let returns = 0; // how often the element was put back lately
  let frame = null; // the panel's frame
  let answered = false; // a script of ours runs in it
  let ready = false; // the panel runs in it
  let begun = false; // the panel has its token
  let failed = false; // reported in the console
  let open = false;
  let takesFocus = false;
  let visitor = null; // whom the token names
  let waiting = []; // the client ids of this panel's unsent messages
  let unread = 0;
  let onChange = null; // the handler of `replies.js`, once it is loaded
  let requested = false;

  // The visitor as the page describes them; without `hash` or `jwt` agents see it as unverified.
  const FIELDS = { externalId: "external_id", identityHash: "hash", identity: "jwt", name: "name", email: "email" };
  const configured = Object.entries(FIELDS).map(([from, to]) => [to, config[from]]);
  // In one order and without empty fields, so that two calls for one person compare as equal. Of a JWT only
  // its claims about the person count: pages sign it again on every load.
  const normalize = (who) => {
    const set = Object.values(FIELDS).map((field) => [field, who?.[field]]).filter(([, value]) => value);
    return set.length ? JSON.stringify(Object.fromEntries(set)) : null;
  };
  const claims = (jwt) =>
    attempt(() => {
      const { sub, name, email } = JSON.parse(atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
      return JSON.stringify([sub, name, email]);
    }) ?? jwt;
  const samePerson = (who) => who && JSON.stringify({ ...JSON.parse(who), jwt: claims(JSON.parse(who).jwt) });
  const personId = () => {
    const { external_id: id, jwt } = identity ? JSON.parse(identity) : {};
    return id ?? (jwt && attempt(() => JSON.parse(claims(jwt))[0]));
  };
  let identity = normalize(Object.fromEntries(configured));

  const post = (to, type, more) => to?.contentWindow?.postMessage({ deskbell: 1, type, ...more }, HOST);
  const announce = (type, detail) => window.dispatchEvent(new CustomEvent(`deskbell:${type}`, { detail }));

  // Black or white, whichever contrasts more with `color`. Mixing the colour with itself makes the browser
  // convert any notation to `color(srgb r g b)`.
  const textOn = (color) => {
    launcher.style.color = `color-mix(in srgb, ${color}, ${color})`;
    const parts = getComputedStyle(launcher).color.match(/[\d.]+/g).slice(0, 3);
    launcher.style.color = "";
    const [r, g, b] = parts.map((c) => (c <= 0.04045 ? c / 12.92 : ((+c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
  };

  const readTheme = () => {
    const style = getComputedStyle(host);
    const value = (name) => style.getPropertyValue(name).trim();
    const all = THEME.map((name) => [`--deskbell-${name}`, value(`--deskbell-${name}`) || value(oldName(name))]);
    return Object.fromEntries(all.filter(([, value]) => value));
  };

  const applyColor = () => {
    if (config.color && CSS.supports("color", config.color)) host.style.setProperty("--deskbell-primary", config.color);
    const theme = readTheme();
    if (theme["--deskbell-primary"] && !theme["--deskbell-on-primary"]) {
      host.style.setProperty("--deskbell-on-primary", textOn(theme["--deskbell-primary"]));
    }
  };

  const show = () => {
    launcher.setAttribute("aria-label", open ? "Close chat" : `Open chat${unread ? `, ${unread} unread` : ""}`);
    badge.textContent = open || !unread ? "" : unread > 9 ? "9+" : unread;
  };

  const setUnread = (count) => {
    if (unread !== count) announce("unread", { count });
    unread = count;
    show();
  };

  // Passes a change on to `replies.js`, which is loaded as soon as there may be a conversation: from the first
  // message on, and on every page until it is closed.
  const changed = (type, data) => {
    if (onChange) return onChange(type, data);
    const stored = read(REPLIES);
    if (requested || !host.isConnected || !readToken() || (stored?.open === false && !stored.unread)) return;
    requested = true;
    element(root, "script", { src: `${HOST}/deskbell-replies.js`, async: "" });
  };

  const begin = () => {
    if (!ready || !(open || readOutbox().length)) return;
    if (!begun) {
      begun = true;
      post(frame, "init", { token: readToken(), identity, draft: readText(DRAFT) ?? "", theme: readTheme() });
    }
    if (!open) return;
    post(frame, "opened", { focus: takesFocus });
    if (takesFocus) frame.focus();
    takesFocus = false;
  };

  // The panel sends the messages that its visitor wrote on a page before; those of others are deleted.
  const restoreOutbox = () => {
    const own = readOutbox().filter(([, entry]) => entry?.[0] === visitor);
    writeOutbox(own);
    if (!own.length) return;
    waiting = own.map(([id]) => id);
    post(frame, "waiting", { words: Object.fromEntries(own.map(([id, [, message]]) => [id, message])) });
  };

  const storeWaiting = (json) => {
    const now = Object.entries(json ? JSON.parse(json) : {}).map(([id, message]) => [id, [visitor, message]]);
    writeOutbox([...readOutbox().filter(([id]) => !waiting.includes(id)), ...now]);
    waiting = now.map(([id]) => id);
    if (!now.length) return;
    if (read(REPLIES)?.open === false) write(REPLIES);
    changed("waiting");
  };

  const removeFrame = () => {
    frame?.remove();
    frame = null;
    answered = ready = begun = false;
    panel.classList.remove("ready", "failed");
    problem.hidden = true;
  };

  // The browser tells a page nothing about a frame that it refused to load: only that it never answers.
  const fail = (which) => {
    if (frame !== which || answered || !host.isConnected) return;
    removeFrame();
    panel.classList.add("failed");
    problem.hidden = false;
    if (!failed) {
      console.error(`Deskbell: the chat did not load on ${location.origin}. Check Settings → Sites for this address, the page's frame-src, and that ${HOST} can be reached.`);
    }
    failed = true;
    changed("frame");
  };

  const loadPanel = () => {
    if (frame) return;
    removeFrame();
    const made = element(panel, "iframe", { title: "Chat", allow: "clipboard-write", referrerpolicy: "origin" });
    frame = made;
    made.addEventListener("load", () => setTimeout(fail, ANSWER_MS, made));
    setTimeout(fail, LOAD_MS, made);
    made.src = `${HOST}/widget/frame?site=${encodeURIComponent(site)}`;
  };

  const setOpen = (next, byVisitor) => {
    if (open === next) return;
    open = next;
    takesFocus = byVisitor && open;
    if (open) loadPanel();
    panel.classList.toggle("open", open);
    launcher.setAttribute("aria-expanded", open);
    fit();
    if (open) setUnread(0);
    show();
    changed("open");
    if (open) {
      begin();
    } else {
      post(frame, "closed");
      if (byVisitor || shadow.activeElement === frame) launcher.focus({ preventScroll: true });
    }
    announce(open ? "open" : "close");
  };

  const onMessage = ({ source, origin, data }) => {
    if (origin !== HOST || data?.deskbell !== 1) return;
    if (!frame || source !== frame.contentWindow) return;
    answered = true;
    if (data.type === "ready") {
      ready = true;
      begun = false;
      panel.classList.add("ready");
      begin();
    } else if (data.type === "token") {
      // A new visitor has no conversation, unless the page identifies them: then it may be from another device.
      const before = read(IDENTITY)?.visitor;
      if (!readToken() && !identity) write(REPLIES, '{"open":false}');
      else if (before && before !== data.visitor) write(REPLIES);
      visitor = data.visitor;
      writeToken(data, personId() ?? (before === visitor ? read(IDENTITY).person : undefined));
      restoreOutbox();
      changed("frame");
    } else if (data.type === "waiting") storeWaiting(data.words);
    else if (data.type === "draft") write(DRAFT, data.text);
    else if (data.type === "close") setOpen(false, true);
    else if (data.type === "unread") {
      setUnread(data.count);
      changed("unread", data);
    }
  };

  // On a phone the keyboard covers the page: the panel takes what is left. While the page is zoomed the
  // visual viewport is what the visitor looks at, not what the keyboard leaves.
  const fit = () => {
    const view = window.visualViewport;
    const use = open && view && Math.abs(view.scale - 1) < 0.01;
    panel.style.setProperty("--top", use ? `${view.offsetTop}px` : "");
    panel.style.setProperty("--height", use ? `${view.height}px` : "");
  };

  const onStorage = ({ key }) => {
    if (!key || key.startsWith(IDENTITY)) changed("storage");
  };

  const LISTENERS = [
    [window, "message", onMessage],
    [window, "storage", onStorage],
    [window.visualViewport, "resize", fit],
    [window.visualViewport, "scroll", fit],
  ];

  for (const intent of ["pointerenter", "focus", "touchstart"]) {
    launcher.addEventListener(intent, loadPanel, { once: true, passive: true });
  }
  launcher.addEventListener("click", () => setOpen(!open, true));
  retry.addEventListener("click", loadPanel);
  const setMuted = (muted) => {
    write(MUTED, muted && "1");
    changed("muted");
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) setOpen(false, true);
  });

  const restart = () => {
    removeFrame();
    waiting = [];
    if (open || readOutbox().length) loadPanel();
    changed("identity");
  };

  const identify = (next) => {
    const before = samePerson(identity);
    identity = normalize(next);
    if (samePerson(identity) === before) return;
    begun ? restart() : changed("identity");
  };

  const forget = () => {
    for (const key of [IDENTITY, DRAFT, OUTBOX, REPLIES]) write(key);
    writeCookie("", 0);
    setUnread(0);
    identity = null;
    restart();
  };

  const attach = () => {
    if (destroyed || host.isConnected) return;
    if (!document.body) return setTimeout(attach, 20);
    answered = ready = begun = false; // a frame that was removed from the page starts again
    panel.classList.remove("ready");
    document.body.append(host);
    applyColor();
    show();
    if (open || readOutbox().length) loadPanel(); // what was written on a page before is sent at once
    changed("attached");
  };

  Widget.removed = () => {
    changed("removed");
    setTimeout(() => returns--, 10000);
    if (++returns <= MOST_RETURNS) return setTimeout(attach);
    console.warn("Deskbell: this page keeps removing the chat. Call Deskbell.attach() to show it again.");
  };

  const destroy = () => {
    destroyed = true;
    changed("destroyed");
    Widget.current = null;
    host.remove();
    for (const [target, type, listener] of LISTENERS) target?.removeEventListener(type, listener);
    delete window.Deskbell;
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
    forget,
    open: () => setOpen(true, isByVisitor()),
    close: () => setOpen(false, isByVisitor()),
    toggle: () => setOpen(!open, isByVisitor()),
    show: () => host.removeAttribute("hidden"),
    hide: () => host.setAttribute("hidden", ""),
    mute: () => setMuted(true),
    unmute: () => setMuted(false),
    destroy,
    // For `replies.js` alone.
    extend: (start) => {
      onChange = start({
        IDENTITY, REPLIES, MUTED, HOST, site, shadow, root, launcher, element, icon, BELL, CROSS, readText, read, write,
        readToken, post, setOpen, setUnread, state: () => ({ open, begun, connected: host.isConnected }),
        isSomebodyElse: () => {
          const before = read(IDENTITY)?.person;
          return Boolean(before && personId() && before !== personId());
        },
      });
      changed("attached");
    },
  };

  for (const [target, type, listener] of LISTENERS) target?.addEventListener(type, listener);
  attach();
})();
