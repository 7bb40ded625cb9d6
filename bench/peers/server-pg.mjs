// The peer over Postgres with node-postgres: a pool, and statements that are prepared once by name.

import pg from "pg";
import { serve } from "./peer.mjs";

// Ids fit a number; without this they come as strings.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

const pool = new pg.Pool({ connectionString: process.env.DATABASE, max: 20 });
await pool.query(`
  CREATE TABLE IF NOT EXISTS visitors (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS conversations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    visitor_id BIGINT NOT NULL REFERENCES visitors,
    status TEXT NOT NULL DEFAULT 'open',
    last_message_at BIGINT,
    preview TEXT
  );
  CREATE TABLE IF NOT EXISTS messages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    conversation_id BIGINT NOT NULL REFERENCES conversations,
    sender_role TEXT NOT NULL,
    sender_id BIGINT NOT NULL,
    client_id TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS messages_of ON messages (conversation_id, id);
`);

const statement = (name, text) => async (...values) => (await pool.query({ name, text, values })).rows;

const insertVisitor = statement("insert_visitor", "INSERT INTO visitors (name) VALUES ($1) RETURNING id");
const selectVisitor = statement("select_visitor", "SELECT id FROM visitors WHERE id = $1");
const insertConversation = statement(
  "insert_conversation",
  "INSERT INTO conversations (visitor_id) VALUES ($1) RETURNING id",
);
const selectOwner = statement("select_owner", "SELECT visitor_id FROM conversations WHERE id = $1");
const selectNewest = statement(
  "select_newest",
  "SELECT * FROM messages WHERE conversation_id = $1 ORDER BY id DESC LIMIT 50",
);
// One statement, so one round trip and one commit.
const insertMessage = statement(
  "insert_message",
  `WITH conversation AS (
     UPDATE conversations SET last_message_at = $6, preview = left($5, 120)
     WHERE id = $1 AND status = 'open' RETURNING id
   )
   INSERT INTO messages (conversation_id, sender_role, sender_id, client_id, text, created_at)
   SELECT id, $2, $3, $4, $5, $6 FROM conversation RETURNING id`,
);

async function saveMessage(...message) {
  const [row] = await insertMessage(...message);
  if (!row) throw new Error("this conversation is closed");
  return row.id;
}

serve({
  createVisitor: async (name) => (await insertVisitor(name))[0].id,
  findVisitor: async (id) => (await selectVisitor(id))[0],
  createConversation: async (visitorId) => (await insertConversation(visitorId))[0].id,
  visitorOf: async (id) => (await selectOwner(id))[0]?.visitor_id,
  newestMessages: async (id) => (await selectNewest(id)).reverse(),
  saveMessage,
});
