// The peer over better-sqlite3: write-ahead log, `synchronous = NORMAL`, prepared statements.

import Database from "better-sqlite3";
import { serve } from "./peer.mjs";

const database = new Database(process.env.DATABASE);
database.pragma("journal_mode = WAL");
database.pragma("synchronous = NORMAL");
database.exec(`
  CREATE TABLE IF NOT EXISTS visitors (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS conversations (
    id INTEGER PRIMARY KEY,
    visitor_id INTEGER NOT NULL REFERENCES visitors,
    status TEXT NOT NULL DEFAULT 'open',
    last_message_at INTEGER,
    preview TEXT
  );
  CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    conversation_id INTEGER NOT NULL REFERENCES conversations,
    sender_role TEXT NOT NULL,
    sender_id INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at INTEGER NOT NULL
  );
  CREATE INDEX IF NOT EXISTS messages_of ON messages (conversation_id, id);
`);

const insertVisitor = database.prepare("INSERT INTO visitors (name) VALUES (?)");
const selectVisitor = database.prepare("SELECT id FROM visitors WHERE id = ?");
const insertConversation = database.prepare("INSERT INTO conversations (visitor_id) VALUES (?)");
const selectOwner = database.prepare("SELECT visitor_id FROM conversations WHERE id = ?");
const selectNewest = database.prepare(
  "SELECT * FROM messages WHERE conversation_id = ? ORDER BY id DESC LIMIT 50",
);
const touchConversation = database.prepare(
  "UPDATE conversations SET last_message_at = ?, preview = ? WHERE id = ? AND status = 'open'",
);
const insertMessage = database.prepare(
  `INSERT INTO messages (conversation_id, sender_role, sender_id, client_id, text, created_at)
   VALUES (?, ?, ?, ?, ?, ?)`,
);

const saveMessage = database.transaction((conversationId, role, senderId, clientId, text, createdAt) => {
  const touched = touchConversation.run(createdAt, text.slice(0, 120), conversationId);
  if (touched.changes === 0) throw new Error("this conversation is closed");
  return insertMessage.run(conversationId, role, senderId, clientId, text, createdAt).lastInsertRowid;
});

serve({
  createVisitor: (name) => insertVisitor.run(name).lastInsertRowid,
  findVisitor: (id) => selectVisitor.get(id),
  createConversation: (visitorId) => insertConversation.run(visitorId).lastInsertRowid,
  visitorOf: (id) => selectOwner.get(id)?.visitor_id,
  newestMessages: (id) => selectNewest.all(id).reverse(),
  saveMessage,
});
