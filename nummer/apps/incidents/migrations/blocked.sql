-- Orders are stopped because of a blocked balance only while such a block stands (RP-P2b): nobody
-- blocks a balance by giving its suspension that reason.
CREATE FUNCTION incidents_suspension_has_its_block() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
      SELECT 1 FROM incidents_balanceblock b
       WHERE b.account_id = NEW.account_id AND NOT EXISTS (
             SELECT 1 FROM incidents_blockrelease r
              WHERE r.account_id = b.account_id AND r.id = b.id))
    THEN
        RAISE EXCEPTION 'a suspension for a blocked balance needs the block'
          USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER suspension_has_its_block AFTER INSERT OR UPDATE ON standing_suspension
    FOR EACH ROW WHEN (NEW.reason = 'balance_blocked' AND NEW.lifted_at IS NULL)
    EXECUTE FUNCTION incidents_suspension_has_its_block();
