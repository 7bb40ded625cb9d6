-- What a workspace may have and keeps, what a site says of itself, and who is asked to come.

-- full, truncated or none: how much of a visitor's address is kept.
ALTER TABLE workspaces ADD COLUMN ip_mode TEXT NOT NULL DEFAULT 'full';

-- Limits of one workspace that are not those of the settings. `most` is absent: no limit.
CREATE TABLE workspace_limits (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    most BIGINT,
    PRIMARY KEY (workspace_id, name)
);

-- What has been used of a limit, where counting rows would not do. `period` is a month as 202611,
-- or 0 for what does not begin anew.
CREATE TABLE workspace_usage (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    period BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, name, period)
);

-- identity_salt: what the site's identity secret is derived from; absent: it has none.
ALTER TABLE sites ADD COLUMN widget JSONB NOT NULL DEFAULT '{}';
ALTER TABLE sites ADD COLUMN identity_salt TEXT;
ALTER TABLE sites ADD COLUMN deleted_at BIGINT;

-- by_mail: the link went to the address and to nobody else, so whoever has it reads that mail.
CREATE TABLE invitations (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    email TEXT,
    role TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    by_mail BOOLEAN NOT NULL,
    invited_by UUID NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    accepted_at BIGINT,
    accepted_by UUID REFERENCES users (id),
    revoked_at BIGINT
);
CREATE INDEX invitations_workspace ON invitations (workspace_id, created_at);
