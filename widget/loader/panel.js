// The part of the loader that runs the panel: it shows the frame, exchanges messages with it, and stores the
// visitor's token, draft and unsent messages in the page's storage.
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
  let visitor = null; // the visitor id of the token
  let waiting = []; // the client ids of the unsent messages in the frame
  let unlock = null; // releases the lock on messages without a visitor id
  const written = new Set(); // the client ids of all messages that were unsent on this page
  let person = personOf(chat.identity);

  const post = (type, more) => chat.frame?.contentWindow?.postMessage({ deskbell: 1, type, ...more }, HOST);

  const readTheme = () => {
    const style = getComputedStyle(host);
    const value = (name) => style.getPropertyValue(name).trim();
    const all = THEME.map((name) => [`--deskbell-${name}`, value(`--deskbell-${name}`) || value(oldName(name))]);
    return Object.fromEntries(all.filter(([, value]) => value));
  };

  // The outbox: messages that the server has not acknowledged, as `[client id, [owner, message]]`. The owner is
  // the visitor id or, before the first token, `?` with the id that the page gives the person. All tabs share
  // the outbox; a message that several tabs send for the same visitor is saved once. A client id begins with its time.
  const named = () => `?${personId(chat.identity) ?? ""}`;
  const readOutbox = () => {
    const createdAt = (id) => parseInt(id.replace("-", "").slice(0, 12), 16);
    const isValid = ([id, entry]) => entry?.[0] && Date.now() - createdAt(id) < OUTBOX_MS;
    return Object.entries(read(key("outbox")) ?? {}).filter(isValid);
  };
  const hasUnsent = () => readOutbox().some(([, [owner]]) => owner[0] !== "?" || owner === named());

  const writeOutbox = (entries) => {
    const text = JSON.stringify(Object.fromEntries(entries));
    if (entries.length <= OUTBOX_MESSAGES && text.length <= OUTBOX_CHARS) write(key("outbox"), entries[0] ? text : "");
  };

  // Gives the visitor's messages to the frame, which sends them. Messages of another visitor id are deleted; those
  // of another person without a visitor id stay until that person returns or they expire.
  const adopt = (all) => {
    if (!visitor) return; // another person was identified meanwhile
    const words = {};
    const entries = readOutbox().filter(([id, entry]) => {
      const [owner, message] = entry;
      if (owner !== visitor && (owner !== named() || !(all || written.has(id)))) return owner[0] === "?";
      entry[0] = visitor;
      words[id] = message;
      return true;
    });
    writeOutbox(entries);
    waiting = Object.keys(words);
    if (waiting[0]) post("waiting", { words });
  };

  // Two tabs that start at the same time may get two visitor ids, and a message that both adopt would be saved
  // twice. So a tab has a shared lock while its messages have no visitor id, and a tab adopts messages that it did
  // not write only when no other tab has this lock. Pages without TLS have no Web Locks: there, a tab adopts
  // them if it wrote none.
  const { locks } = navigator;
  const lock = (options, action) => locks.request(key("outbox"), options, action).catch(() => {});

  const restoreOutbox = () => {
    const isWriter = readOutbox().some(([id, [owner]]) => owner === named() && written.has(id));
    unlock?.();
    unlock = null;
    if (isWriter || !locks) adopt(!isWriter);
    else lock({ ifAvailable: true }, adopt);
  };

  const storeWaiting = (json) => {
    const owner = visitor ?? named();
    const now = Object.entries(json ? JSON.parse(json) : {}).map(([id, message]) => [id, [owner, message]]);
    writeOutbox([...readOutbox().filter(([id]) => !waiting.includes(id)), ...now]);
    waiting = now.map(([id]) => id);
    if (!now[0]) return;
    for (const id of waiting) written.add(id);
    if (locks && !visitor && !unlock) {
      const held = new Promise((resolve) => (unlock = resolve));
      lock({ mode: "shared" }, () => held);
    }
    if (read(key("replies"))?.open === false) write(key("replies"));
    emit("waiting");
  };

  // A visitor without an id from the page signs in: the messages that they wrote on this page go with them.
  const moveOutbox = () => {
    const owners = ["?", read(IDENTITY)?.person ? null : visitor];
    const entries = readOutbox();
    for (const [id, entry] of entries) {
      if (written.has(id) && owners.includes(entry[0])) entry[0] = named();
    }
    writeOutbox(entries);
  };

  const storeToken = ({ token, expires_at, visitor: id }) => {
    // A new visitor has no conversation before the first message, unless the page identifies them: then it may be
    // from another device.
    const before = read(IDENTITY);
    if (!readToken(chat) && person === personOf({})) write(key("replies"), hasUnsent() ? "" : '{"open":false}');
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
    if (!ready || !(chat.open || hasUnsent())) return;
    if (!begun) {
      setBegun(true);
      const { external_id, hash, jwt, name, email } = chat.identity;
      const fields = Object.entries({ external_id, hash, jwt, name, email }).filter(([, value]) => value);
      const identity = fields[0] ? JSON.stringify(Object.fromEntries(fields)) : null;
      post("init", { token: readToken(chat), identity, draft: readText(key("draft")) ?? "", theme: readTheme() });
    }
    if (!chat.open) return;
    post("opened", { focus: chat.byVisitor });
    if (chat.byVisitor) chat.frame.focus();
    chat.byVisitor = false;
  };

  // On a phone the keyboard covers a part of the page, so the panel has the size of the visual viewport. While the
  // page is zoomed, that is the visible part of the page and not the space above the keyboard.
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
    waiting = [];
    setBegun(false);
    show();
  };

  // The browser does not report a frame that it refused to load; the page only notices that it never answers.
  // The server delivers this script for a site only if it could deliver the site's frame. Then the frame was refused,
  // usually because the site's list lacks this address. A script needs no further permission in the page's policy.
  const failAfter = (ms, frame) => {
    const fail = (script) => !answered && frame.isConnected && chat.fail(script);
    const probe = () => answered || import(`${HOST}/deskbell-panel.js?site=${chat.site}&${Date.now()}`).catch(() => {}).then(fail);
    setTimeout(ms > ANSWER_MS ? fail : probe, ms);
  };

  const restart = () => {
    chat.frame?.remove();
    chat.frame = visitor = null;
    restartFrame();
    if (chat.open || hasUnsent()) chat.loadPanel();
  };

  const onMessage = ({ source, data }) => {
    if (source !== chat.frame?.contentWindow) return;
    const { type } = data;
    if (!answered) {
      answered = true;
      show();
    }
    if (type === "ready") {
      ready = true;
      setBegun(false);
      show();
      begin();
    } else if (type === "token") {
      storeToken(data);
      restoreOutbox();
      emit("token");
    } else if (type === "waiting") storeWaiting(data.words);
    else if (type === "draft") write(key("draft"), data.text);
    else if (type === "close") chat.setOpen(false, true);
    else if (type === "unread") {
      chat.setUnread(data.count);
      emit("unread", data);
    }
  };

  const onOpen = () => {
    show();
    if (chat.open) return begin();
    post("closed");
    if (chat.byVisitor || shadow.activeElement) launcher.focus({ preventScroll: true });
    chat.byVisitor = false;
  };

  chat.addStyle("{{panel.css}}");
  panel.hidden = false;
  launcher.setAttribute("aria-controls", "panel");
  view?.addEventListener("resize", fit, { signal });
  view?.addEventListener("scroll", fit, { signal });
  chat.root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") chat.setOpen(false, true);
  });
  signal.addEventListener("abort", () => unlock?.());
  // The loader requests this script as long as there is an outbox, so expired messages are deleted.
  writeOutbox(readOutbox());
  // A visitor who has closed the chat meanwhile may be typing elsewhere.
  if (!chat.open) chat.byVisitor = false;

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
      if (person === before) return;
      moveOutbox();
      visitor = null;
      if (begun) restart();
      else begin();
    }
  };
};
