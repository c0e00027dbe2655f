-- The application's role: it may read the ledger and call its functions, nothing else.
-- An operator whose database user may not make roles makes this one by hand.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'nummer_app') THEN
    BEGIN
      CREATE ROLE nummer_app NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;  -- another database of this server made it in the same moment
    END;
  END IF;
  IF NOT pg_has_role(session_user, 'nummer_app', 'MEMBER') THEN
    BEGIN
      EXECUTE format('GRANT nummer_app TO %I', session_user);
    EXCEPTION WHEN unique_violation THEN
      NULL;  -- as above
    END;
  END IF;
END $$;
