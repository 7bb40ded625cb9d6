-- The first chat: people, workspaces, sites, visitors, conversations, messages.
--
-- One text for SQLite and Postgres. Times are Unix milliseconds. Every table carries the
-- workspace, so that no statement can reach past it; users do not, for they are login
-- identities that may be members of several workspaces.

-- One row, once: whoever inserts it sets the installation up.
CREATE TABLE installation (
    id BIGINT PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE workspaces (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE memberships (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id UUID NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, workspace_id)
);

CREATE TABLE sites (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    allowed_origins JSONB NOT NULL,
    created_at BIGINT NOT NULL
);

-- A refresh token is kept as its hash. Those that follow one another form a family.
CREATE TABLE refresh_tokens (
    id UUID PRIMARY KEY,
    family TEXT NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    user_id UUID NOT NULL REFERENCES users (id),
    token_hash TEXT NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);

CREATE TABLE visitors (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    site_id UUID NOT NULL REFERENCES sites (id),
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL
);

-- start_client_id: what the visitor called the first message; it makes the start idempotent.
CREATE TABLE conversations (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    site_id UUID NOT NULL REFERENCES sites (id),
    visitor_id UUID NOT NULL REFERENCES visitors (id),
    start_client_id UUID NOT NULL,
    status TEXT NOT NULL,
    assignee_id UUID REFERENCES users (id),
    revision BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    preview TEXT NOT NULL,
    preview_by_agent BOOLEAN NOT NULL,
    last_message_at BIGINT NOT NULL,
    waiting_since BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (visitor_id, start_client_id)
);
CREATE INDEX conversations_waiting ON conversations (workspace_id, waiting_since) WHERE status = 'waiting';
CREATE INDEX conversations_open ON conversations (workspace_id, last_message_at) WHERE status IN ('active', 'resolved');
CREATE INDEX conversations_closed ON conversations (workspace_id, last_message_at) WHERE status = 'closed';
CREATE INDEX conversations_visitor ON conversations (visitor_id, created_at);

CREATE TABLE messages (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    seq BIGINT NOT NULL,
    id UUID NOT NULL,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    client_id UUID,
    sender_kind TEXT NOT NULL,
    sender_id UUID,
    sender_name TEXT NOT NULL,
    body JSONB NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, seq)
);
CREATE UNIQUE INDEX messages_client ON messages (conversation_id, client_id) WHERE client_id IS NOT NULL;
