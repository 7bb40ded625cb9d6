-- Origins that tried to show a site's panel and are not in its list; a few for each site.
CREATE TABLE refused_origins (
    workspace_id UUID NOT NULL REFERENCES workspaces (id),
    site_id UUID NOT NULL REFERENCES sites (id),
    origin TEXT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, site_id, origin)
);
