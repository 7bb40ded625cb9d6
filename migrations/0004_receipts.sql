-- Who has read how far, and who has chosen to be away.
--
-- What is unread is kept, not counted: a conversation knows how many texts its visitor has
-- written, and an agent's marker how many of them they have seen.

ALTER TABLE conversations ADD COLUMN visitor_texts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN visitor_delivered_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN visitor_seen_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN agent_delivered_seq BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN agent_seen_seq BIGINT NOT NULL DEFAULT 0;

UPDATE conversations SET visitor_texts = (
    SELECT COUNT(*) FROM messages m
    WHERE m.conversation_id = conversations.id AND m.sender_kind = 'visitor'
);

CREATE TABLE seen_markers (
    user_id UUID NOT NULL REFERENCES users (id),
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    seq BIGINT NOT NULL,
    visitor_texts BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id)
);

ALTER TABLE memberships ADD COLUMN away BOOLEAN NOT NULL DEFAULT FALSE;
