-- Client ids are made in the order of time, like most: with them first, the index grows at its end
-- and not at one place for each conversation. It still says once for each conversation.
DROP INDEX messages_client;
CREATE UNIQUE INDEX messages_client ON messages (client_id, conversation_id) WHERE client_id IS NOT NULL;
