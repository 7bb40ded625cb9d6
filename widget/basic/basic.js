// The basic frame, which works without WebAssembly. As the notifier it is hidden and reports replies to the loader
// (`watch`); in place of a panel that could not start it shows a form (`init`). It speaks the protocol of
// docs/protocol.md through a WebSocket, or through polls where no WebSocket connects.
//
// As in the panel, only the embedding page may send messages, and only from the origin of its first one. Browsers let
// no page embed this one that is not in the site's list (`frame-ancestors`).

const TRY_SOCKET_MS = 8000;
const LONGEST_PAUSE_MS = 60000;
const HEARTBEAT_MS = 25000;
const RECEIPT_MS = 1000;

let origin = null;
const send = (type, more) => parent.postMessage({ deskbell: 1, type, ...more }, origin ?? "*");

// A WebSocket session: calls `onFrame` for each frame of the server, and `onEnd` once, with the close code.
const openSocket = (hello, onFrame, onEnd) => {
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/api/v1/socket`);
  let hasReceived = false;
  let ended = false;
  // The browser reports the end of a broken connection late, so a session that is closed ends at once.
  const end = (code) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    socket.close();
    onEnd(code, hasReceived);
  };
  // A proxy may accept the upgrade and then forward nothing.
  const timer = setTimeout(() => hasReceived || end(), TRY_SOCKET_MS);
  socket.onopen = () => socket.send(JSON.stringify(hello));
  socket.onmessage = ({ data }) => {
    hasReceived = true;
    if (!ended) onFrame(JSON.parse(data));
  };
  socket.onclose = ({ code }) => end(code);
  return { send: (frame) => socket.send(JSON.stringify(frame)), close: () => end() };
};

// The same session over HTTP: one request waits, others carry frames to the server.
const openPoll = (hello, onFrame, onEnd) => {
  const abort = new AbortController();
  let session;
  let number = 0;
  let hasReceived = false;
  let sending = Promise.resolve();
  const request = async (frames, wait) => {
    const body = JSON.stringify({ session, frames, wait, number: wait ? ++number : undefined });
    const headers = { "content-type": "application/json", "x-deskbell": "1" };
    const response = await fetch("/api/v1/poll", { method: "POST", headers, body, signal: abort.signal });
    if (!response.ok) throw new Error(response.status);
    return response.json();
  };
  (async () => {
    let code;
    try {
      for (let frames = [hello]; !code; frames = []) {
        const answer = await request(frames, true);
        session = answer.session;
        for (const frame of answer.frames) {
          hasReceived = true;
          onFrame(frame);
        }
        code = answer.close_code;
      }
    } catch {
      // The session counts as lost.
    }
    onEnd(code, hasReceived);
  })();
  return {
    send: (frame) => (sending = sending.then(() => request([frame], false)).catch(() => abort.abort())),
    close: () => abort.abort(),
  };
};

// A connection that reconnects by itself, with a growing, jittered backoff. `onEvent` gets every event, `onStop` the
// close code after which it does not reconnect.
const connect = (token, onEvent, onStop) => {
  const answers = new Map();
  let queue = null; // commands that are sent before the welcome
  let session = null;
  let id = 0;
  let failures = 0;
  let usesPolls = false;
  let heartbeat;
  let timer;
  let isWaiting = false; // for the answer to a ping

  const open = () => {
    clearTimeout(timer);
    isWaiting = false;
    const onEnd = (code, hasReceived) => {
      clearInterval(heartbeat);
      session = queue = null;
      for (const answer of answers.values()) answer({ type: "error", error: { message: "" } });
      answers.clear();
      if (code >= 4500 || code === 4005) return onStop(code);
      usesPolls = !usesPolls && !hasReceived; // a session that worked begins with a WebSocket again
      failures = hasReceived ? 0 : failures + 1;
      const pause = Math.min(1000 * 2 ** failures, LONGEST_PAUSE_MS) * (0.5 + Math.random());
      timer = setTimeout(open, usesPolls && failures === 1 ? 0 : code === 4006 ? LONGEST_PAUSE_MS : pause);
    };
    const onFrame = ({ reply_to: replyTo, event }) => {
      const answer = answers.get(replyTo);
      answers.delete(replyTo);
      answer ? answer(event) : onEvent(event);
    };
    const hello = { id: ++id, command: { type: "hello", level: 1, token } };
    answers.set(id, (event) => {
      const asked = queue ?? [];
      queue = null;
      if (event.type === "welcome") asked.forEach(session.send);
      onEvent(event);
    });
    queue = [];
    session = (usesPolls ? openPoll : openSocket)(hello, onFrame, onEnd);
    heartbeat = setInterval(async () => {
      if (isWaiting) return session.close();
      isWaiting = true;
      await ask({ type: "ping" });
      isWaiting = false;
    }, HEARTBEAT_MS);
  };

  // Sends a command and resolves with its answer; an `error` without a message if the connection was lost.
  const ask = (command) =>
    new Promise((resolve) => {
      if (!session) return resolve({ type: "error", error: { message: "" } });
      answers.set(++id, resolve);
      const frame = { id, command };
      queue ? queue.push(frame) : session.send(frame);
    });

  addEventListener("offline", () => session?.close());
  addEventListener("online", () => session || open());
  open();
  return { ask };
};

// Follows the visitor's conversation and reports unread messages.
const watch = (token, seenBefore) => {
  let conversation = null;
  let seen = seenBefore ?? 0;
  let teamOnline = false;
  let assigneeOnline = null; // unknown until the server reports it
  let unread = [];
  let receipt = null;

  const report = () => {
    unread = unread.filter(({ seq }) => seq > seen);
    const { seq, author, text } = unread.at(-1) ?? {};
    const open = Boolean(conversation) && conversation.status !== "closed";
    const online = (conversation?.assignee && assigneeOnline) ?? teamOnline;
    send("replies", { replies: { open, unread: unread.length, seq, author, text, seen, online } });
  };

  const add = (messages) => {
    for (const { seq, sender, body } of messages) {
      if (sender.kind !== "agent" || body.type !== "text" || unread.some((message) => message.seq === seq)) continue;
      unread.push({ seq, author: sender.name, text: body.text.slice(0, 300) });
    }
    const last = messages.at(-1)?.seq;
    // Several messages in a row are confirmed at once.
    if (last && !receipt) {
      receipt = setTimeout(() => {
        receipt = null;
        const delivered = unread.at(-1)?.seq;
        if (delivered) connection.ask({ type: "receipt", conversation_id: conversation.id, delivered });
      }, RECEIPT_MS);
    }
  };

  const follow = async () => {
    const { id } = conversation;
    for (let after = seen, more = true; more; ) {
      const answer = await connection.ask({ type: "subscribe", conversation_id: id, after_seq: after });
      if (answer.type !== "subscribed") return;
      conversation = answer.conversation;
      seen = Math.max(seen, answer.receipts?.visitor_seen ?? 0);
      add(answer.messages);
      more = answer.more;
      after = answer.messages.at(-1)?.seq ?? after;
    }
    report();
  };

  const onEvent = (event) => {
    if (event.type === "welcome") {
      teamOnline = event.team_online;
      // The last reply before the conversation was closed may be unread.
      conversation = event.conversation ?? event.past?.[0];
      conversation ? follow() : report();
    } else if (event.type === "message_created") add([event.message]);
    else if (event.type === "conversation_changed") {
      const isNew = event.conversation.id !== conversation?.id;
      if (event.conversation.assignee?.id !== conversation?.assignee?.id) assigneeOnline = null;
      conversation = event.conversation;
      if (isNew) return follow();
    } else if (event.type === "receipts") seen = Math.max(seen, event.receipts.visitor_seen ?? 0);
    else if (event.type === "team") teamOnline = event.online;
    else if (event.type === "assignee") assigneeOnline = event.online;
    else return;
    if (event.type !== "welcome") report();
  };

  // A token that the server refuses is renewed when the panel is opened.
  const connection = connect(token, onEvent, () => send("replies", { replies: { open: false, unread: 0 } }));
};

const startForm = async (settings) => (await import(document.body.dataset.form)).start(settings, { send, connect });

if (parent !== window) {
  addEventListener("message", async ({ source, origin: from, data }) => {
    if (source !== parent || data?.deskbell !== 1 || origin) return;
    if (data.type === "watch") {
      origin = from;
      watch(data.token, data.seen);
    } else if (data.type === "init") {
      origin = from;
      await startForm(data);
    }
  });
  send("ready");
} else {
  startForm({});
}
