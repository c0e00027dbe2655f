-- The record only grows.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_line FROM nummer_app;
