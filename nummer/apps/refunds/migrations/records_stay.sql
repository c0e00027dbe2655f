-- A decision is evidence: it stays as it was written, for the owner of the tables too. Only the
-- moment at which the customer was told is added, once.
CREATE FUNCTION refunds_record_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.notified_at IS NULL
       AND to_jsonb(NEW) - 'notified_at' = to_jsonb(OLD) - 'notified_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a decision is never changed; decide anew'
      USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER decision_stays BEFORE UPDATE OR DELETE ON refunds_decision
    FOR EACH ROW EXECUTE FUNCTION refunds_record_stays();
REVOKE DELETE, TRUNCATE ON refunds_decision FROM nummer_app;

-- What one person proposed is answered once, and otherwise stays.
CREATE FUNCTION refunds_proposal_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.answered_at IS NULL
       AND to_jsonb(NEW) - '{answered_by,answered_at,decision_id}'::text[]
         = to_jsonb(OLD) - '{answered_by,answered_at,decision_id}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a proposal is answered once and never changed'
      USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER proposal_stays BEFORE UPDATE OR DELETE ON refunds_proposal
    FOR EACH ROW EXECUTE FUNCTION refunds_proposal_stays();
REVOKE DELETE, TRUNCATE ON refunds_proposal FROM nummer_app;

-- When a claim reached us and what it asked is evidence too; only how far it came moves on.
CREATE FUNCTION refunds_claim_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> 'decided'
       AND to_jsonb(NEW) - '{state,decision_id,decided_at}'::text[]
         = to_jsonb(OLD) - '{state,decision_id,decided_at}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was asked, and when, is never changed'
      USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER claim_stays BEFORE UPDATE OR DELETE ON refunds_claim
    FOR EACH ROW EXECUTE FUNCTION refunds_claim_stays();
REVOKE DELETE, TRUNCATE ON refunds_claim FROM nummer_app;
