-- A published text stays as it is, for the owner of the tables too. The table is a reference
-- table, never distributed, so that a trigger is allowed here.
CREATE FUNCTION agreements_published_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published text is never changed; publish a new version';
END
$$;
CREATE TRIGGER published_stays BEFORE UPDATE OR DELETE ON agreements_published
    FOR EACH ROW EXECUTE FUNCTION agreements_published_stays();
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_published FROM nummer_app;
-- Acceptances only grow.
REVOKE UPDATE, DELETE, TRUNCATE ON agreements_acceptance FROM nummer_app;
