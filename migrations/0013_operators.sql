-- What an operator does to workspaces and to the platform.

-- deleted_at: nobody reaches it any more; its rows go one portion after the other.
ALTER TABLE workspaces ADD COLUMN suspended_for TEXT NOT NULL DEFAULT '';
ALTER TABLE workspaces ADD COLUMN deleted_at BIGINT;
CREATE INDEX workspaces_deleted ON workspaces (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX memberships_workspace ON memberships (workspace_id);
CREATE INDEX sites_workspace ON sites (workspace_id, created_at);

-- Settings of the whole platform that are changed while it runs. maintenance: why it is closed.
CREATE TABLE platform (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
