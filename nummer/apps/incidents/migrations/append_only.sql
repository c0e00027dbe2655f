-- What happened stays as it was written, for the owner of the tables too.
CREATE FUNCTION incidents_written_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what happened is never changed; add what happened since'
      USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER fact_stays BEFORE UPDATE OR DELETE ON incidents_fact
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER incident_stays BEFORE UPDATE OR DELETE ON incidents_incident
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER incident_end_stays BEFORE UPDATE OR DELETE ON incidents_incidentend
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER notice_stays BEFORE UPDATE OR DELETE ON incidents_carriernotice
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER proposal_stays BEFORE UPDATE OR DELETE ON incidents_blockproposal
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER block_stays BEFORE UPDATE OR DELETE ON incidents_balanceblock
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
CREATE TRIGGER release_stays BEFORE UPDATE OR DELETE ON incidents_blockrelease
    FOR EACH ROW EXECUTE FUNCTION incidents_written_stays();
REVOKE UPDATE, DELETE, TRUNCATE ON
    incidents_fact, incidents_incident, incidents_incidentend, incidents_carriernotice,
    incidents_blockproposal, incidents_balanceblock, incidents_blockrelease
  FROM nummer_app;

-- A block is what somebody proposed before, word for word: nobody approves what he made up.
CREATE FUNCTION incidents_block_was_proposed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
      SELECT 1 FROM incidents_blockproposal p
       WHERE p.account_id = NEW.account_id AND p.id = NEW.id AND p.reference = NEW.reference
         AND p.actor = NEW.proposed_by AND p.proposed_at <= NEW.began_at)
    THEN
        RAISE EXCEPTION 'a balance is blocked only as one person proposed it'
          USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER block_was_proposed BEFORE INSERT ON incidents_balanceblock
    FOR EACH ROW EXECUTE FUNCTION incidents_block_was_proposed();

CREATE FUNCTION incidents_release_has_its_block() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
      SELECT 1 FROM incidents_balanceblock b
       WHERE b.account_id = NEW.account_id AND b.id = NEW.id AND b.began_at <= NEW.released_at)
    THEN
        RAISE EXCEPTION 'only a block that stands is released'
          USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER release_has_its_block BEFORE INSERT ON incidents_blockrelease
    FOR EACH ROW EXECUTE FUNCTION incidents_release_has_its_block();
