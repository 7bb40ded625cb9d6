-- What an account needs to be recovered and to be guarded. All of it belongs to people, who may be
-- members of several workspaces, so that none of it carries one.

-- Mail that waits to be sent. `letter` is sealed with the installation's secret, for it may hold a
-- link. Whoever sends a mail moves `next_at` on first, so that no other node sends it as well;
-- NULL: it is not tried any more.
CREATE TABLE mails (
    id UUID PRIMARY KEY,
    recipient TEXT NOT NULL,
    letter TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    next_at BIGINT,
    attempts BIGINT NOT NULL,
    last_error TEXT
);
CREATE INDEX mails_next ON mails (next_at) WHERE next_at IS NOT NULL;

-- A link that is good once, as the hash of its token. `email` is the address that it speaks of.
CREATE TABLE links (
    token_hash TEXT PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX links_user ON links (user_id);

-- `secret` is sealed. `confirmed_at` is NULL until a first code has shown that it arrived.
-- `last_step` is the newest step of time whose code was used: none is good twice.
CREATE TABLE second_factors (
    user_id UUID PRIMARY KEY REFERENCES users (id),
    secret TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);

-- In place of a code, each once.
CREATE TABLE backup_codes (
    user_id UUID NOT NULL REFERENCES users (id),
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
