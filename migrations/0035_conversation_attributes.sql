-- Attributes of conversations that only agents see. Numbers are dense in a workspace; 0: the next change of
-- the head assigns one, which is so for conversations that a node of an earlier version starts.
-- priority: 0 low, 1 normal, 2 high, 3 urgent. escalated: it has waited for so long that it counts one
-- step higher. queue_order: its place in the queue before the time, 4 - priority - escalated.
ALTER TABLE conversations ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE conversations ADD COLUMN priority BIGINT NOT NULL DEFAULT 1;
ALTER TABLE conversations ADD COLUMN escalated BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN queue_order BIGINT NOT NULL DEFAULT 3;
ALTER TABLE conversations ADD COLUMN subject TEXT NOT NULL DEFAULT '';
ALTER TABLE inboxes ADD COLUMN last_number BIGINT NOT NULL DEFAULT 0;
-- A waiting conversation counts one step higher after so long; 0: never.
ALTER TABLE workspaces ADD COLUMN escalate_after_minutes BIGINT NOT NULL DEFAULT 30;

UPDATE conversations SET number = numbered.place FROM (
    SELECT id, ROW_NUMBER() OVER (PARTITION BY workspace_id ORDER BY created_at, id) AS place FROM conversations
) AS numbered WHERE numbered.id = conversations.id;
UPDATE inboxes SET last_number =
    (SELECT COUNT(*) FROM conversations WHERE conversations.workspace_id = inboxes.workspace_id);

CREATE UNIQUE INDEX conversations_number ON conversations (workspace_id, number) WHERE number > 0;
DROP INDEX conversations_waiting;
CREATE INDEX conversations_queue ON conversations (workspace_id, queue_order, waiting_since, id) WHERE status = 'waiting';
CREATE INDEX conversations_not_escalated ON conversations (waiting_since) WHERE status = 'waiting' AND NOT escalated;
