-- Teams: members of a workspace who answer the same conversations.

-- name_key: the name without the difference of upper and lower case, so that no two teams look the same.
-- languages: BCP 47 tags.
CREATE TABLE teams (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    color TEXT,
    languages JSONB NOT NULL DEFAULT '[]',
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX teams_name ON teams (workspace_id, name_key);

-- A membership that ends takes its rows with it, also if an older version ends it.
CREATE TABLE team_members (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    user_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id),
    FOREIGN KEY (user_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX team_members_member ON team_members (user_id, workspace_id);

CREATE TABLE team_sites (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    team_id UUID NOT NULL REFERENCES teams (id),
    site_id UUID NOT NULL REFERENCES sites (id),
    PRIMARY KEY (team_id, site_id)
);
CREATE INDEX team_sites_site ON team_sites (site_id);
