-- A version is published in all languages at one moment, and a later version of a document not in
-- force before it was published. Looked at when the transaction ends, for whoever writes.
CREATE FUNCTION agreements_published_together() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
  v_languages text[];
  v_moments bigint;
BEGIN
  SELECT array_agg(p.language::text ORDER BY p.language),
         count(DISTINCT (p.published_at, p.effective_at))
    INTO v_languages, v_moments
    FROM agreements_published p
   WHERE p.document = NEW.document AND p.version = NEW.version;
  IF v_languages <> ARRAY['de', 'en', 'nb'] OR v_moments <> 1 THEN
    RAISE EXCEPTION 'a version is published in every language at once';
  END IF;
  IF NEW.effective_at <= NEW.published_at AND EXISTS (
    SELECT FROM agreements_published p
     WHERE p.document = NEW.document AND p.published_at < NEW.published_at) THEN
    RAISE EXCEPTION 'a change is published before it is in force';
  END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER published_together AFTER INSERT ON agreements_published
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION agreements_published_together();
