-- A visitor has few conversations, and the index that tells which beginnings are the same begins with
-- the visitor as well. Postgres adds to every index of a row whenever one of them changes, which is
-- with each message.
DROP INDEX conversations_visitor;
