-- What an agent has taken is found by the agent, however many conversations are open.
CREATE INDEX conversations_own ON conversations (assignee_id, workspace_id) WHERE status = 'active';
