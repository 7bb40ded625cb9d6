// The part of the loader for visitors with a conversation: it reports replies on every page.
//
// The loader requests it as `/deskbell-replies.js` from the first message on, and on every later page until the
// conversation is closed. It shows a badge, a preview of the newest reply and whether an agent is online, and
// plays a sound. The replies come from the notifier, a hidden frame without WebAssembly with one connection. The tabs of
// a browser share that connection: one tab runs the notifier and stores the result in the page's local storage, whose
// `storage` events carry it to the others. A tab whose panel runs needs no notifier.

// The pauses after failed attempts to load the notifier: the first one, doubled each time, and the longest one.
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300000;

export const start = (chat) => {
  const { HOST, IDENTITY, LOAD_MS, root, launcher, signal, key, read, readText, write, element, icon } = chat;
  const REPLIES = key("replies");
  const MUTED = key("muted");
  const SOUNDED = key("sounded");

  chat.addStyle("{{replies.css}}");

  const online = element(launcher, "span", { class: "online", "aria-hidden": "true", hidden: "" });
  const preview = element(element(root, "div", { role: "status" }), "div", { class: "preview", hidden: "" });
  const reply = element(preview, "button", { class: "reply", type: "button" });
  const author = element(reply, "b", { dir: "auto" });
  const text = element(reply, "span", { dir: "auto" });
  const tool = (label, paths) => {
    const button = element(preview, "button", { class: "tool", type: "button", "aria-label": label, title: label });
    icon(button, ...paths);
    return button;
  };
  const mute = tool("Mute sound", [chat.BELL, "M4 3l16 18"]);
  const dismiss = tool("Dismiss", ["M6 6l12 12M18 6L6 18"]);

  // The state of unread replies: `open` (whether there is a conversation to watch), `unread`, `seq`, `author`
  // and `text` (of the newest reply), `seen`, `online` and `hidden` (the preview was dismissed).
  let replies = {};
  let notifier = null; // its frame
  let stop = null; // set while this tab runs the notifier, or waits for its turn or for the next attempt
  let timer = 0; // set while the notifier loads, or the tab waits for the next attempt
  let failures = 0; // failed attempts to load it, in a row

  let person = personOf(chat.identity);

  // Another person who signs in on this browser must not see them.
  const load = () => {
    const [before, now] = [read(IDENTITY)?.person, personId(chat.identity)];
    return before && now && before !== now ? { open: false } : (read(REPLIES) ?? {});
  };

  // One tab plays the sound for a reply: the first one in which the browser allows it.
  const playSound = () => {
    const mark = `${replies.seq}`;
    if (readText(MUTED) || readText(SOUNDED) === mark || !navigator.userActivation?.hasBeenActive) return;
    write(SOUNDED, mark);
    try {
      const audio = new AudioContext();
      for (const [after, pitch] of [[0, 880], [0.14, 1175]]) {
        const tone = audio.createOscillator();
        const volume = audio.createGain();
        const begin = audio.currentTime + after;
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.12, begin);
        volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.5);
        tone.connect(volume).connect(audio.destination);
        tone.start(begin);
        tone.stop(begin + 0.5);
      }
      setTimeout(() => audio.close(), 1000);
    } catch {
      // A browser without Web Audio stays silent.
    }
  };

  const show = () => {
    const { open } = chat;
    online.hidden = open || !(replies.open && replies.online);
    mute.setAttribute("aria-pressed", Boolean(readText(MUTED)));
    preview.hidden = open || !replies.unread || !replies.text || Boolean(replies.hidden);
    author.textContent = replies.author ?? "";
    text.textContent = replies.text ?? "";
  };

  const set = (next) => {
    const before = replies;
    replies = next;
    if (replies.unread > (before.unread || 0)) playSound();
    chat.setUnread(replies.unread || 0);
    show();
  };

  const store = (next) => {
    const isNew = next.unread > 0 && next.seq > (replies.seq || 0);
    set({ ...next, hidden: !isNew && (next.hidden ?? replies.hidden) });
    write(REPLIES, JSON.stringify(replies));
  };

  const stopTimer = () => {
    clearTimeout(timer);
    timer = 0;
  };

  const retry = () => {
    stop?.();
    run();
  };

  // The browser does not report a frame that it could not load; the page only notices that it is never ready. During
  // the pause another tab has the lock.
  const fail = () => {
    stop();
    timer = setTimeout(retry, Math.min(FIRST_PAUSE_MS * 2 ** failures++, LONGEST_PAUSE_MS));
    stop = () => {
      stop = null;
      stopTimer();
    };
  };

  // The tab with the Web Lock runs the notifier. Pages without TLS have no Web Locks: there, the visible tab does.
  const run = () => {
    const wanted = chat.host.isConnected && !chat.hasPanel && replies.open !== false && readToken(chat) &&
      (navigator.locks || document.visibilityState === "visible");
    if (!wanted) return stop?.();
    if (stop) return;
    const queue = new AbortController();
    let release;
    const begin = () => {
      if (queue.signal.aborted) return null;
      notifier = element(root, "iframe", { hidden: "", title: "Chat notifications", referrerpolicy: "origin" });
      notifier.src = `${HOST}/widget/basic?site=${encodeURIComponent(chat.site)}`;
      timer = setTimeout(fail, LOAD_MS);
      return new Promise((resolve) => (release = resolve));
    };
    stop = () => {
      stop = null;
      stopTimer();
      queue.abort();
      notifier?.remove();
      notifier = null;
      release?.();
    };
    if (navigator.locks) navigator.locks.request(IDENTITY, { signal: queue.signal }, begin).catch(() => {});
    else begin();
  };

  const reload = () => {
    set(load());
    run();
  };

  const onMessage = ({ source, data }) => {
    if (!notifier || source !== notifier.contentWindow) return;
    if (data.type === "ready") {
      stopTimer();
      failures = 0;
      notifier.contentWindow.postMessage({ deskbell: 1, type: "watch", token: readToken(chat), seen: replies.seen }, HOST);
    } else if (data.type === "replies") {
      store(data.replies);
      run();
    }
  };

  // A page in the back/forward cache must have no connection and hold no lock.
  window.addEventListener("pagehide", () => stop?.(), { signal });
  window.addEventListener("pageshow", reload, { signal });
  document.addEventListener("visibilitychange", run, { signal });
  const onOnline = () => {
    failures = 0;
    if (timer) retry();
  };
  window.addEventListener("online", onOnline, { signal });
  signal.addEventListener("abort", () => stop?.());

  reply.addEventListener("click", () => chat.setOpen(true, true));
  dismiss.addEventListener("click", () => {
    store({ ...replies, hidden: true });
    launcher.focus({ preventScroll: true });
  });
  mute.addEventListener("click", () => {
    write(MUTED, readText(MUTED) ? "" : "1");
    show();
  });

  const restart = () => {
    person = personOf(chat.identity);
    stop?.();
    reload();
  };
  reload();

  return (type, data) => {
    if (type === "message") onMessage(data);
    else if (["attached", "storage", "token", "failed"].includes(type)) reload();
    else if (type === "open") {
      if (chat.open && replies.unread) store({ ...replies, unread: 0 });
      show();
    } else if (type === "unread") {
      // The panel reports with `open: false` that there is no conversation.
      const { count, seq, author, text, open = true } = data;
      store({ ...replies, open, unread: count, seq, author, text });
    } else if (type === "forget") restart();
    else if (type === "identity") {
      if (person !== personOf(chat.identity)) restart();
    } else if (type === "removed") stop?.();
    else {
      if (type === "waiting" && replies.open === false) replies = {};
      run();
      show();
    }
  };
};
