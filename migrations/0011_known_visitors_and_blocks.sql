-- Visitors whom the host site knows, and those who are kept out.

-- external_id: what the host site calls them; verified: it has proven that. email_verified: it has
-- proven the address too. address: where they came from, as far as the workspace keeps it.
ALTER TABLE visitors ADD COLUMN external_id TEXT;
ALTER TABLE visitors ADD COLUMN verified BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE visitors ADD COLUMN email TEXT;
ALTER TABLE visitors ADD COLUMN email_verified BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE visitors ADD COLUMN address TEXT;
CREATE UNIQUE INDEX visitors_verified ON visitors (site_id, external_id) WHERE verified;

-- workspace_id is absent: the whole platform. Either a visitor or a network, as in 203.0.113.0/24.
CREATE TABLE blocks (
    id UUID PRIMARY KEY,
    workspace_id UUID REFERENCES workspaces (id),
    visitor_id UUID,
    network TEXT,
    note TEXT NOT NULL,
    created_by UUID REFERENCES users (id),
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX blocks_visitor ON blocks (workspace_id, visitor_id) WHERE visitor_id IS NOT NULL;
CREATE UNIQUE INDEX blocks_network ON blocks (workspace_id, network) WHERE network IS NOT NULL AND workspace_id IS NOT NULL;
CREATE UNIQUE INDEX blocks_platform ON blocks (network) WHERE workspace_id IS NULL;
