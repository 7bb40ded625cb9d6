-- The name of the member who deleted a site; empty if it is not known, as for sites that an older version
-- deleted.
ALTER TABLE sites ADD COLUMN deleted_by TEXT NOT NULL DEFAULT '';
-- The conversations that are closed after the deletion of their site.
CREATE INDEX conversations_unclosed ON conversations (site_id) WHERE status <> 'closed';
