-- A claim may lack what a payout needs to know: that only gets less, and a reason is added once.
CREATE OR REPLACE FUNCTION refunds_claim_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.state <> 'decided'
       AND to_jsonb(NEW) - '{state,decision_id,decided_at,unsaid,reason}'::text[]
         = to_jsonb(OLD) - '{state,decision_id,decided_at,unsaid,reason}'::text[]
       AND NEW.unsaid <@ OLD.unsaid
       AND (OLD.reason = '' OR NEW.reason = OLD.reason) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'what was asked, and when, is never changed'
      USING ERRCODE = 'restrict_violation';
END
$$;
