-- The role that running processes take. It may read and write our tables but owns none; tables
-- that only grow, and those of the ledger, take more away from it in their own migrations.
-- Sessions of other databases of the same server may create the role at the same moment.
DO $$
BEGIN
    CREATE ROLE nummer_app NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
    IF NOT pg_has_role(session_user, 'nummer_app', 'MEMBER') THEN
        EXECUTE format('GRANT nummer_app TO %I', session_user);
    END IF;
END
$$;
GRANT USAGE ON SCHEMA public TO nummer_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO nummer_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO nummer_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO nummer_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO nummer_app;
