-- On SQLite alone: an INTEGER PRIMARY KEY is the number of the row itself. With any other type of key,
-- each append wrote a page of the key's index besides the page of the row.

CREATE TABLE outbox_by_rowid (
    position INTEGER NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    events TEXT NOT NULL
);
INSERT INTO outbox_by_rowid (position, created_at, events)
    SELECT position, created_at, events FROM outbox ORDER BY position;
DROP TABLE outbox;
ALTER TABLE outbox_by_rowid RENAME TO outbox;
