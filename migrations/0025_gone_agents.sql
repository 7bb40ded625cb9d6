-- Conversations of agents who are gone. reachable_at: when the member could last be reached; nodes
-- write it about twice a minute. return_after_minutes: an active conversation whose agent has been
-- gone for so long returns to the queue; 0: never.
ALTER TABLE memberships ADD COLUMN reachable_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE workspaces ADD COLUMN return_after_minutes BIGINT NOT NULL DEFAULT 15;
