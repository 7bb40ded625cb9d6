-- Notifications of members: a note mentions them, or a conversation was assigned to them. by_name: as it was
-- then. A membership that ends, and a
-- conversation that is deleted, takes them with it, also if an older version ends it.
CREATE TABLE notifications (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    conversation_id UUID NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    by_id UUID NOT NULL REFERENCES users (id),
    by_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    read BOOLEAN NOT NULL,
    FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX notifications_listed ON notifications (user_id, workspace_id, id);
CREATE INDEX notifications_conversation ON notifications (conversation_id);
