-- Notes that agents write to each other beside a conversation; visitors never get one.

-- seq: dense in the conversation, taken under the lock of its head. after_seq: the newest message when the
-- note was saved. client_id: how its author named it; it makes a repeated request find the note. author_name and
-- the names in mentions: as they were then.
-- A conversation that is deleted takes them with it, also if an older version deletes it.
CREATE TABLE notes (
    conversation_id UUID NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    client_id UUID NOT NULL,
    after_seq BIGINT NOT NULL,
    author_id UUID NOT NULL REFERENCES users (id),
    author_name TEXT NOT NULL,
    text TEXT NOT NULL,
    mentions JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE UNIQUE INDEX notes_client ON notes (conversation_id, client_id);
