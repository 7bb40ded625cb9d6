-- Snoozed conversations. snoozed_until: when the snooze ends; NULL: with the visitor's next message.
ALTER TABLE conversations ADD COLUMN snoozed BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE conversations ADD COLUMN snoozed_until BIGINT;
CREATE INDEX conversations_snoozed ON conversations (snoozed_until, id) WHERE snoozed_until IS NOT NULL;
