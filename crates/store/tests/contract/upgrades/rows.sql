-- Rows as they were written when a migration was the newest. `-- after NNNN` begins those of one
-- level; #1 stands for an id.

-- after 0001
INSERT INTO users (id, email, name, password_hash, created_at) VALUES (#1, 'ada@north.example', 'Ada', 'hash', 1000);
INSERT INTO workspaces (id, name, created_at) VALUES (#2, 'North', 1000);
INSERT INTO memberships (workspace_id, user_id, role, created_at) VALUES (#2, #1, 'owner', 1000);
INSERT INTO sites (id, workspace_id, name, key, allowed_origins, created_at) VALUES (#3, #2, 'North shop', 'north-key', '["https://shop.example"]', 1000);
INSERT INTO visitors (id, workspace_id, site_id, name, created_at, last_seen_at) VALUES (#4, #2, #3, 'Vera', 1000, 2000);
INSERT INTO conversations (id, workspace_id, site_id, visitor_id, start_client_id, status, assignee_id, revision, last_seq, preview, preview_by_agent, last_message_at, waiting_since, created_at) VALUES (#5, #2, #3, #4, #6, 'active', #1, 3, 3, 'Hi Vera', TRUE, 3000, NULL, 2000);
INSERT INTO messages (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) VALUES (#5, 1, #7, #2, #6, 'visitor', #4, 'Vera', '{"type":"text","text":"Hello?"}', 2000);
INSERT INTO messages (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) VALUES (#5, 2, #8, #2, NULL, 'system', NULL, '', '{"type":"joined","name":"Ada"}', 2500);
INSERT INTO messages (conversation_id, seq, id, workspace_id, client_id, sender_kind, sender_id, sender_name, body, created_at) VALUES (#5, 3, #9, #2, #10, 'agent', #1, 'Ada', '{"type":"text","text":"Hi Vera"}', 3000);

-- after 0004
INSERT INTO seen_markers (user_id, conversation_id, workspace_id, seq, visitor_texts) VALUES (#1, #5, #2, 3, 1);

-- after 0008
INSERT INTO auth_sessions (id, workspace_id, user_id, address, user_agent, created_at, last_used_at, expires_at) VALUES (#11, #2, #1, '203.0.113.9', 'Browser', 3000, 3000, 9000);
INSERT INTO refresh_tokens (id, session_id, workspace_id, token_hash, created_at, expires_at) VALUES (#12, #11, #2, 'refresh-hash', 3000, 9000);
INSERT INTO api_tokens (id, workspace_id, user_id, name, hint, token_hash, scopes, created_at) VALUES (#13, #2, #1, 'Export', 'abcd', 'token-hash', '["read"]', 3000);

-- after 0009
INSERT INTO second_factors (user_id, secret, created_at, confirmed_at, last_step) VALUES (#1, 'sealed', 3000, 3100, 7);
INSERT INTO backup_codes (user_id, code_hash) VALUES (#1, 'code-hash');
INSERT INTO links (token_hash, user_id, purpose, email, created_at, expires_at) VALUES ('link-hash', #1, 'reset', 'ada@north.example', 3000, 9000);
INSERT INTO mails (id, recipient, letter, created_at, expires_at, next_at, attempts) VALUES (#14, 'ada@north.example', 'sealed', 3000, 9000, 3000, 0);

-- after 0010
INSERT INTO workspace_limits (workspace_id, name, most) VALUES (#2, 'members', 7);
INSERT INTO invitations (id, workspace_id, email, role, token_hash, by_mail, invited_by, created_at, expires_at) VALUES (#15, #2, 'ben@north.example', 'agent', 'invitation-hash', TRUE, #1, 3000, 9000);

-- after 0011
INSERT INTO blocks (id, workspace_id, network, note, created_by, created_at) VALUES (#16, #2, '198.51.100.0/24', 'Spam', #1, 3000);

-- after 0012
INSERT INTO avatars (id, user_id, media_type, content, created_at) VALUES ('picture', #1, 'image/png', '', 3000);

-- after 0013
INSERT INTO platform (name, value) VALUES ('maintenance', 'Back soon');

-- after 0022
INSERT INTO outbox (position, created_at, events) VALUES (7, 3000, '[]');
INSERT INTO outbox (position, created_at, events) VALUES (9, 3000, '[]');
INSERT INTO outbox_cursors (consumer, position, updated_at) VALUES ('webhooks', 7, 3000);

-- after 0031
INSERT INTO canned_responses (id, workspace_id, scope, owner_id, shortcut, shortcut_key, title, category, content, search_text, created_by, created_at, updated_at) VALUES (#18, #2, 'own', #1, 'Hello', 'hello', 'Greeting', '', 'Hi {{visitor.name|there}}', 'hello', #1, 3000, 3000);

-- after 0032
INSERT INTO teams (id, workspace_id, name, name_key, color, languages, created_at) VALUES (#17, #2, 'Returns', 'returns', NULL, '["en"]', 3000);
INSERT INTO team_members (workspace_id, team_id, user_id, created_at) VALUES (#2, #17, #1, 3000);
INSERT INTO team_sites (workspace_id, team_id, site_id) VALUES (#2, #17, #3);

-- after 0033
INSERT INTO business_hours (owner_id, workspace_id, is_team, time_zone, week, holidays, updated_at) VALUES (#3, #2, FALSE, 'Europe/Vienna', '[]', '[]', 3000);

-- after 0036
INSERT INTO notes (conversation_id, seq, workspace_id, client_id, after_seq, author_id, author_name, text, mentions, created_at) VALUES (#5, 1, #2, #19, 3, #1, 'Ada', 'Ask @Ada', '[{"kind":"member","id":"00000000-0000-7000-8000-000000000001","name":"Ada"}]', 3000);

-- after 0037
INSERT INTO notifications (id, workspace_id, user_id, kind, conversation_id, by_id, by_name, text, created_at, read) VALUES (#20, #2, #1, 'mention', #5, #1, 'Ada', 'Ask @Ada', 3000, FALSE);
