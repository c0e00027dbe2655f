-- What left has left.
REVOKE UPDATE, DELETE, TRUNCATE ON outbound_passage FROM nummer_app;
