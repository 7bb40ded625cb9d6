-- When a site or a team is open.

-- owner_id: a site, or if is_team a team. time_zone: a name of the IANA database. week, holidays: as in the
-- API.
CREATE TABLE business_hours (
    owner_id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    is_team BOOLEAN NOT NULL,
    time_zone TEXT NOT NULL,
    week JSONB NOT NULL,
    holidays JSONB NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX business_hours_workspace ON business_hours (workspace_id);
