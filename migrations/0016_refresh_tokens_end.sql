-- A session has one refresh token that is good. Those before it are kept for a while, used up, to
-- tell when one comes back.
UPDATE refresh_tokens SET used_at = created_at WHERE used_at IS NULL AND EXISTS
    (SELECT 1 FROM refresh_tokens n WHERE n.session_id = refresh_tokens.session_id AND n.created_at > refresh_tokens.created_at);
CREATE INDEX refresh_tokens_used ON refresh_tokens (used_at) WHERE used_at IS NOT NULL;
