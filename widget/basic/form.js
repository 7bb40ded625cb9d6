// The form in place of a panel that could not start, as where WebAssembly is turned off: the conversation's messages
// and a field to write the next one, on the connection of the basic frame.

const PAGE = `
  <main class="panel">
    <header class="head">
      <span class="head__mark">
        <svg class="icon" width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
          <path class="icon__solid" d="M4 16.5a8 8 0 0 1 16 0Z"></path><path d="M2.75 20h18.5M12 8.25V5.5M9.75 5.25h4.5"></path>
        </svg>
      </span>
      <div class="head__words"><h1 class="head__name">Chat</h1></div>
      <button class="head__close" type="button" aria-label="Close chat">
        <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true"><path d="M18 6 6 18M6 6l12 12"></path></svg>
      </button>
    </header>
    <p class="bar">
      <span>The full chat couldn't start in this browser. You can still write to us here.</span>
      <button class="button-link" type="button">Retry</button>
    </p>
    <div class="thread">
      <div class="thread__scroller" tabindex="0"><div class="thread__lines" role="log" aria-label="Messages"></div></div>
    </div>
    <form class="composer">
      <div class="composer__field">
        <div class="composer__grow"><textarea rows="1" maxlength="4000" aria-label="Message" placeholder="Write a message…" enterkeyhint="send" dir="auto"></textarea></div>
        <button class="composer__send" type="submit" aria-label="Send">
          <svg class="icon" width="20" height="20" viewBox="0 0 24 24" aria-hidden="true"><path d="m5 12 7-7 7 7M12 19V5"></path></svg>
        </button>
      </div>
      <p class="composer__count" role="status"></p>
    </form>
  </main>`;
const LOST = "Can't connect right now. Check your connection and try again.";

// A UUID of version 7: it begins with the time, by which the loader knows the age of what it stores.
const clientId = () => {
  const time = Date.now().toString(16).padStart(12, "0");
  const random = [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-8${random.slice(3, 6)}-${random.slice(6, 18)}`;
};

export const start = async ({ token, identity, draft, theme }, { send, connect }) => {
  const { body, head, documentElement } = document;
  const style = document.createElement("link");
  style.rel = "stylesheet";
  style.href = body.dataset.style;
  head.append(style);
  for (const [name, value] of Object.entries(theme ?? {})) {
    if (name.startsWith("--deskbell-")) documentElement.style.setProperty(name, value);
  }
  body.innerHTML = PAGE;
  const find = (selector) => body.querySelector(selector);
  const [title, log, form, field, note] = [".head__name", "[role=log]", "form", "textarea", "[role=status]"].map(find);
  field.value = draft ?? "";
  find(".head__close").onclick = () => send("close");
  find(".button-link").onclick = () => location.replace(`/widget/frame${location.search}`);

  const shown = new Set();
  const add = ({ id, sender, body: { type, text } }) => {
    if (type !== "text" || shown.has(id)) return;
    shown.add(id);
    const bubble = document.createElement("div");
    bubble.className = `bubble bubble--first bubble--last${sender.kind === "visitor" ? " bubble--own" : ""}`;
    for (const [name, words] of [["bubble__name", sender.kind === "agent" ? sender.name : ""], ["bubble__text", text]]) {
      const part = document.createElement("span");
      part.className = name;
      part.dir = "auto";
      part.textContent = words;
      bubble.append(part);
    }
    log.append(bubble);
  };

  let conversation = null;
  let connection = null;
  const follow = async (next) => {
    conversation = next;
    const answer = await connection.ask({ type: "subscribe", conversation_id: next.id });
    if (answer.type === "subscribed") answer.messages.forEach(add);
  };
  let welcomed;
  const onEvent = (event) => {
    if (event.type === "welcome") {
      const shown = event.conversation ?? event.past?.[0];
      if (shown) follow(shown);
      welcomed();
    } else if (event.type === "message_created") add(event.message);
    else if (event.type === "conversation_changed") conversation = event.conversation;
    else if (event.type === "error") note.textContent = event.error.message || LOST;
  };

  const begin = async () => {
    const site = new URLSearchParams(location.search).get("site");
    const headers = { "content-type": "application/json" };
    const request = JSON.stringify({ site_key: site, token: token ?? undefined, identity: identity ? JSON.parse(identity) : undefined });
    const response = await fetch("/api/v1/visitors", { method: "POST", headers, body: request });
    const answer = await response.json();
    if (!response.ok) throw new Error(answer.message);
    token = answer.token;
    title.textContent = answer.site_name;
    send("token", { token, visitor: answer.visitor_id, expires_at: answer.expires_at });
    await new Promise((resolve) => {
      welcomed = resolve;
      setTimeout(resolve, 15000);
      connection = connect(token, onEvent, () => resolve((note.textContent = LOST)));
    });
  };

  // A message keeps its id until it is saved, so sending it again saves it once.
  let pending = null;
  const submit = async () => {
    const text = field.value.trim();
    if (!text) return;
    note.textContent = "Sending…";
    try {
      if (!connection) await begin();
    } catch (error) {
      return (note.textContent = (error instanceof TypeError ? "" : error.message) || LOST);
    }
    if (pending?.text !== text) pending = { client_id: clientId(), text };
    const isOpen = conversation && conversation.status !== "closed";
    const answer = await connection.ask(
      isOpen ? { type: "send", conversation_id: conversation.id, ...pending } : { type: "start", ...pending },
    );
    if (answer.type === "started") {
      add(answer.message);
      follow(answer.conversation);
    } else if (answer.type === "saved") {
      add({ id: answer.message_id, sender: { kind: "visitor" }, body: { type: "text", text } });
    } else {
      return (note.textContent = answer.error?.message || LOST);
    }
    pending = null;
    field.value = note.textContent = "";
    send("draft", { text: "" });
  };

  form.onsubmit = (event) => {
    event.preventDefault();
    submit();
  };
  field.oninput = () => send("draft", { text: field.value });
  field.onkeydown = (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  };
  if (document.hasFocus()) field.focus();
  try {
    await begin();
  } catch (error) {
    note.textContent = (error instanceof TypeError ? "" : error.message) || LOST;
  }
};
