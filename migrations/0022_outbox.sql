-- The transactional outbox: one row for each transaction that caused domain events, written in that
-- transaction. Consumers read the rows in the order of their positions and remember how far they are.

CREATE TABLE outbox (
    position BIGINT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    events TEXT NOT NULL
);

CREATE TABLE outbox_cursors (
    consumer TEXT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- On Postgres a position is the transaction's number plus this offset. A database that was restored
-- into another cluster, whose transactions are numbered from the beginning, gets a larger one.
CREATE TABLE outbox_offset (
    id BIGINT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO outbox_offset (id, value) VALUES (1, 0);

-- A row that a health check writes to find out whether the database accepts writes.
CREATE TABLE write_checks (
    id BIGINT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL
);
INSERT INTO write_checks (id, checked_at) VALUES (1, 0);

-- When the last message of a conversation was created, system messages included: the next one is
-- not older, whatever the clock of its node says.
ALTER TABLE conversations ADD COLUMN last_created_at BIGINT NOT NULL DEFAULT 0;
