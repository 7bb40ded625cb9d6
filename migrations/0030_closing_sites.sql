-- The name of the member who deleted a site, until all of its conversations are closed; then NULL. Empty
-- for sites that were deleted before there was this column.
ALTER TABLE sites ADD COLUMN closing_by TEXT;
UPDATE sites SET closing_by = '' WHERE deleted_at IS NOT NULL;
CREATE INDEX sites_closing ON sites (deleted_at) WHERE closing_by IS NOT NULL;
