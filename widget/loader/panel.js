// The part of the loader that runs the panel: it shows the frame, exchanges messages with it, and stores in the
// page what the visitor has there: the token, the draft and the unsent messages.
//
// The loader requests it as `/deskbell-panel.js` together with the frame, see `deskbell.js`.

// Limits of the stored outbox: messages, characters in all, age.
const OUTBOX_MESSAGES = 50;
const OUTBOX_CHARS = 65536;
const OUTBOX_MS = 86400000;
// How long a frame may take to answer once it is loaded.
const ANSWER_MS = 2000;
// The theme variables that a page may set as `--deskbell-NAME`. The old names stay valid: prefix
// `--cs-`, and `user` and `bot` in place of `own` and `agent`.
const THEME = (
  "primary on-primary focus-ring bg surface text border own-bubble-bg own-bubble-text " +
  "agent-bubble-bg agent-bubble-text input-bg input-text input-border control-bg error-bg " +
  "error-text"
).split(" ");
const oldName = (name) => `--cs-${name.replace("own-", "user-").replace("agent-", "bot-")}`;

export const start = (chat) => {
  const { HOST, IDENTITY, host, shadow, panel, launcher, signal, key, read, readText, write, emit } = chat;

  let answered = false; // a script of ours runs in the frame
  let ready = false; // the panel runs in it
  let begun = false; // the panel has its token
  let visitor = null; // whom the token names
  let waiting = []; // the client ids of this panel's unsent messages
  let person = personOf(chat.identity);

  const post = (type, more) => chat.frame?.contentWindow?.postMessage({ deskbell: 1, type, ...more }, HOST);

  const readTheme = () => {
    const style = getComputedStyle(host);
    const value = (name) => style.getPropertyValue(name).trim();
    const all = THEME.map((name) => [`--deskbell-${name}`, value(`--deskbell-${name}`) || value(oldName(name))]);
    return Object.fromEntries(all.filter(([, value]) => value));
  };

  // The outbox: messages that the server has not acknowledged, as `[client id, [owner, message]]`. The owner is
  // the visitor or, before the server has named one, the person whom the page names. All tabs share it; a
  // message that several tabs send is saved once. A client id begins with its time.
  const named = () => `?${personId(chat.identity) ?? ""}`;
  const owner = () => visitor ?? named();
  const readOutbox = () => {
    const createdAt = (id) => parseInt(id.replace("-", "").slice(0, 12), 16);
    return Object.entries(read(key("outbox")) ?? {}).filter(([id]) => Date.now() - createdAt(id) < OUTBOX_MS);
  };

  const writeOutbox = (entries) => {
    const text = JSON.stringify(Object.fromEntries(entries));
    if (!entries.length) write(key("outbox"));
    else if (entries.length <= OUTBOX_MESSAGES && text.length <= OUTBOX_CHARS) write(key("outbox"), text);
  };

  // The panel sends the messages that its visitor wrote on a page before; those of others are deleted.
  const restoreOutbox = () => {
    const own = readOutbox()
      .filter(([, entry]) => [visitor, named()].includes(entry?.[0]))
      .map(([id, [, message]]) => [id, [visitor, message]]);
    writeOutbox(own);
    if (!own.length) return;
    waiting = own.map(([id]) => id);
    post("waiting", { words: Object.fromEntries(own.map(([id, [, message]]) => [id, message])) });
  };

  const storeWaiting = (json) => {
    const now = Object.entries(json ? JSON.parse(json) : {}).map(([id, message]) => [id, [owner(), message]]);
    writeOutbox([...readOutbox().filter(([id]) => !waiting.includes(id)), ...now]);
    waiting = now.map(([id]) => id);
    if (!now.length) return;
    if (read(key("replies"))?.open === false) write(key("replies"));
    emit("waiting");
  };

  const storeToken = ({ token, expires_at, visitor: id }) => {
    // A new visitor has no conversation before the first message, unless the page identifies them: then it may be
    // from another device.
    const before = read(IDENTITY);
    if (!readToken(chat) && person === personOf({})) write(key("replies"), readOutbox().length ? "" : '{"open":false}');
    else if (before && before.visitor !== id) write(key("replies"));
    visitor = id;
    const known = personId(chat.identity) ?? (before?.visitor === id ? before.person : undefined);
    write(IDENTITY, JSON.stringify({ token, expires_at, visitor, person: known }));
    chat.writeCookie(encodeURIComponent(token), Math.floor((expires_at - Date.now()) / 1000));
  };

  const setBegun = (next) => {
    if (begun === next) return;
    begun = chat.hasPanel = next;
    emit("panel");
  };

  const begin = () => {
    if (!ready || !(chat.open || readOutbox().length)) return;
    if (!begun) {
      setBegun(true);
      const { external_id, hash, jwt, name, email } = chat.identity;
      const fields = Object.entries({ external_id, hash, jwt, name, email }).filter(([, value]) => value);
      const identity = fields.length ? JSON.stringify(Object.fromEntries(fields)) : null;
      post("init", { token: readToken(chat), identity, draft: readText(key("draft")) ?? "", theme: readTheme() });
    }
    if (!chat.open) return;
    post("opened", { focus: chat.byVisitor });
    if (chat.byVisitor) chat.frame.focus();
    chat.byVisitor = false;
  };

  // On a phone the keyboard covers the page: the panel takes what is left. While the page is zoomed the
  // visual viewport is what the visitor looks at, not what the keyboard leaves.
  const view = window.visualViewport;
  const fit = () => {
    const use = chat.open && view && Math.abs(view.scale - 1) < 0.01;
    panel.style.setProperty("--top", use ? `${view.offsetTop}px` : "");
    panel.style.setProperty("--height", use ? `${view.height}px` : "");
  };

  const show = () => {
    panel.classList.toggle("open", Boolean(chat.open && chat.frame));
    panel.classList.toggle("answered", answered);
    panel.classList.toggle("ready", ready);
    fit();
  };

  const restartFrame = () => {
    answered = ready = false;
    setBegun(false);
    show();
  };

  // The browser tells a page nothing about a frame that it refused to load: only that it never answers.
  const failAfter = (ms, frame) =>
    setTimeout(() => {
      if (chat.frame === frame && !answered && host.isConnected) chat.fail();
    }, ms);

  const restart = () => {
    chat.frame?.remove();
    chat.frame = null;
    waiting = [];
    restartFrame();
    if (chat.open || readOutbox().length) chat.loadPanel();
  };

  const onMessage = ({ source, data }) => {
    if (!chat.frame || source !== chat.frame.contentWindow) return;
    if (!answered) {
      answered = true;
      show();
    }
    if (data.type === "ready") {
      ready = true;
      setBegun(false);
      show();
      begin();
    } else if (data.type === "token") {
      storeToken(data);
      restoreOutbox();
      emit("token");
    } else if (data.type === "waiting") storeWaiting(data.words);
    else if (data.type === "draft") write(key("draft"), data.text);
    else if (data.type === "close") chat.setOpen(false, true);
    else if (data.type === "unread") {
      chat.setUnread(data.count);
      emit("unread", data);
    }
  };

  const onOpen = () => {
    show();
    if (chat.open) return begin();
    post("closed");
    if (chat.byVisitor || shadow.activeElement === chat.frame) launcher.focus({ preventScroll: true });
  };

  chat.addStyle("{{panel.css}}");
  panel.hidden = false;
  launcher.setAttribute("aria-controls", "panel");
  view?.addEventListener("resize", fit, { signal });
  view?.addEventListener("scroll", fit, { signal });
  chat.root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && chat.open) chat.setOpen(false, true);
  });

  return (type, data) => {
    if (type === "message") onMessage(data);
    else if (type === "open") onOpen();
    else if (type === "load") failAfter(ANSWER_MS, data);
    else if (type === "frame") {
      restartFrame();
      failAfter(chat.LOAD_MS, data);
    } else if (type === "attached" || type === "failed") restartFrame();
    else if (type === "forget") {
      person = personOf(chat.identity);
      restart();
    } else if (type === "identity") {
      const before = person;
      person = personOf(chat.identity);
      if (begun && person !== before) restart();
    }
  };
};
