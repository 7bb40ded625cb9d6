-- People's pictures. The id is random and part of the picture's address; a new picture has a new one.
ALTER TABLE users ADD COLUMN avatar_id TEXT;

CREATE TABLE avatars (
    id TEXT PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    media_type TEXT NOT NULL,
    content BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX avatars_user ON avatars (user_id);
