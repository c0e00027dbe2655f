-- The rule of before, when nothing could be missing.
CREATE OR REPLACE FUNCTION refunds_claim_stays() RETURNS trigger
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
