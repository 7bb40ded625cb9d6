-- Texts that agents insert into replies.

-- scope: own (of owner_id), team (of team_id) or workspace. shortcut_key and search_text: folded, for
-- comparison. The shortcut is unique among the responses of the same owner, team or workspace. A membership
-- that ends takes the member's own responses with it, also if an older version ends it.
CREATE TABLE canned_responses (
    id UUID PRIMARY KEY,
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    scope TEXT NOT NULL,
    owner_id UUID,
    team_id UUID,
    shortcut TEXT NOT NULL,
    shortcut_key TEXT NOT NULL,
    title TEXT NOT NULL,
    category TEXT NOT NULL,
    content TEXT NOT NULL,
    search_text TEXT NOT NULL,
    created_by UUID NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    use_count BIGINT NOT NULL DEFAULT 0,
    last_used_at BIGINT,
    FOREIGN KEY (owner_id, workspace_id) REFERENCES memberships (user_id, workspace_id) ON DELETE CASCADE
);
CREATE INDEX canned_responses_listed ON canned_responses (workspace_id, shortcut_key, id);
CREATE UNIQUE INDEX canned_responses_own ON canned_responses (workspace_id, owner_id, shortcut_key) WHERE owner_id IS NOT NULL;
CREATE UNIQUE INDEX canned_responses_team ON canned_responses (workspace_id, team_id, shortcut_key) WHERE team_id IS NOT NULL;
CREATE UNIQUE INDEX canned_responses_shared ON canned_responses (workspace_id, shortcut_key) WHERE scope = 'workspace';
