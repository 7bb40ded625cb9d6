-- People who go.

-- deleted_at: what was theirs is gone; the row stays, without name and address, for what refers to
-- it. created_at of those who never confirmed their address says when they are forgotten.
ALTER TABLE users ADD COLUMN deleted_at BIGINT;
CREATE INDEX users_unconfirmed ON users (created_at) WHERE email_verified_at IS NULL;
