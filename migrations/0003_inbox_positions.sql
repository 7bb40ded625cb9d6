-- The inbox as a stream: each change of a conversation's head takes the next position of its
-- workspace, and how many conversations stand where is kept, not counted.

CREATE TABLE inboxes (
    workspace_id UUID PRIMARY KEY REFERENCES workspaces (id),
    position BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    active BIGINT NOT NULL,
    resolved BIGINT NOT NULL
);

-- The position of the last change; 0 only inside the transaction that begins a conversation.
ALTER TABLE conversations ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET position = numbered.place FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY workspace_id ORDER BY last_message_at, id) AS place FROM conversations
) AS numbered WHERE numbered.id = conversations.id;
CREATE INDEX conversations_position ON conversations (workspace_id, position);

INSERT INTO inboxes (workspace_id, position, waiting, active, resolved)
SELECT w.id,
    COUNT(c.id),
    COUNT(CASE WHEN c.status = 'waiting' THEN 1 END),
    COUNT(CASE WHEN c.status = 'active' THEN 1 END),
    COUNT(CASE WHEN c.status = 'resolved' THEN 1 END)
FROM workspaces w LEFT JOIN conversations c ON c.workspace_id = w.id GROUP BY w.id;
