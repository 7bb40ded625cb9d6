// The peer of the benchmark, a usual chat server: Express, Socket.IO 4 and a database. It has rooms for conversations
// and for the agents' inbox, and checks the token of a socket before it connects. A message is saved, and its
// conversation moves up the inbox, in one commit before it is acknowledged and sent to the others. Closed conversations
// accept none. `store` is the database.

import { createServer } from "node:http";
import express from "express";
import jwt from "jsonwebtoken";
import { Server } from "socket.io";

const SECRET = "only for measuring";
const TEXT_CHARS = 4000;

const conversationRoom = (id) => `conversation:${id}`;
const INBOX = "inbox";

export function serve(store) {
  const app = express();
  app.disable("x-powered-by");
  app.get("/healthz", (_request, response) => response.type("text/plain").send("ok"));
  app.post("/api/visitors", async (_request, response) => {
    const id = await store.createVisitor("Visitor");
    response.json({ token: jwt.sign({ id, role: "visitor" }, SECRET, { expiresIn: "180d" }) });
  });
  app.post("/api/agents", (_request, response) => {
    response.json({ token: jwt.sign({ id: 0, role: "agent" }, SECRET, { expiresIn: "1d" }) });
  });

  const server = createServer(app);
  const io = new Server(server, { serveClient: false, transports: ["websocket"] });
  // The manual recommends this for many connections: drop the upgrade request.
  io.engine.on("connection", (raw) => {
    raw.request = null;
  });
  io.use(async (socket, next) => {
    try {
      const { id, role } = jwt.verify(socket.handshake.auth.token, SECRET);
      if (role === "visitor" && !(await store.findVisitor(id))) throw new Error("unknown");
      socket.data = { id, role };
      next();
    } catch {
      next(new Error("unauthorized"));
    }
  });
  io.on("connection", (socket) => listen(socket, store));

  const port = Number(process.env.PORT);
  server.listen({ port, host: "127.0.0.1", backlog: 4096 });
  const stop = () => process.exit(0);
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function listen(socket, store) {
  const { id, role } = socket.data;

  // Answers with the result of `work`; only the caller gets an error.
  const on = (name, work) =>
    socket.on(name, async (body, answer) => {
      if (typeof answer !== "function") return;
      try {
        answer(await work(body));
      } catch (error) {
        answer({ error: error.message });
      }
    });

  on("start", async () => {
    if (role !== "visitor") throw new Error("only a visitor starts a conversation");
    return { conversation_id: await store.createConversation(id) };
  });

  on("join", async ({ conversation_id }) => {
    await access(conversation_id);
    const messages = await store.newestMessages(conversation_id);
    socket.join(conversationRoom(conversation_id));
    return { messages };
  });

  on("join_inbox", async () => {
    if (role !== "agent") throw new Error("only agents have an inbox");
    socket.join(INBOX);
    return {};
  });

  on("send", async ({ conversation_id, client_id, text }) => {
    if (typeof text !== "string" || !text || text.length > TEXT_CHARS) throw new Error("bad text");
    // Access was checked when the socket joined the room.
    if (!socket.rooms.has(conversationRoom(conversation_id))) await access(conversation_id);
    const created_at = Date.now();
    const message_id = await store.saveMessage(conversation_id, role, id, client_id, text, created_at);
    const message = { id: message_id, conversation_id, client_id, sender: { role, id }, text, created_at };
    socket.to([conversationRoom(conversation_id), INBOX]).emit("message", message);
    return { id: message_id, created_at };
  });

  async function access(conversationId) {
    const visitorId = await store.visitorOf(conversationId);
    if (visitorId === undefined) throw new Error("not found");
    if (role === "visitor" && visitorId !== id) throw new Error("not found");
  }
}
