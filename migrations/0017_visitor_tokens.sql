-- A visitor's token names a generation. Whoever held one from before the visitor was proven to be
-- somebody may be anybody: with the proof a generation begins, and those before it end.
ALTER TABLE visitors ADD COLUMN token_generation BIGINT NOT NULL DEFAULT 0;
UPDATE visitors SET token_generation = 1 WHERE verified;
