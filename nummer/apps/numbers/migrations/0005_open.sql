-- The next free slot, locked for the caller's transaction, or nulls; parallel buyers never wait
-- or share. `p_excluded` are patterns of E.164 numbers that the buyer does not want.
CREATE FUNCTION numbers_free_slot(p_service text, p_country text, p_carrier text,
                                  p_excluded text[],
                                  OUT slot_id bigint, OUT e164 text, OUT carrier text)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT s.id, s.e164, s.carrier INTO slot_id, e164, carrier FROM numbers_slot s
   WHERE s.service_code = p_service AND s.country = p_country
     AND s.claimed_at IS NULL AND NOT s.withdrawn
     AND (p_carrier IS NULL OR s.carrier = p_carrier)
     AND NOT (s.e164 LIKE ANY (p_excluded))
   ORDER BY s.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
END $$;

-- Give a slot that numbers_free_slot locked to one account for good and open its window; return
-- the activation's public id.
CREATE FUNCTION numbers_open(p_account_id bigint, p_activation_id uuid, p_order_id uuid,
                             p_slot_id bigint, p_e164 text, p_service text, p_country text,
                             p_carrier text, p_window_ends_at timestamptz, p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE v_public_id bigint := nextval('numbers_activation_public');
BEGIN
  UPDATE numbers_slot
     SET claimed_at = p_now, account_id = p_account_id, activation_id = p_activation_id
   WHERE id = p_slot_id;
  INSERT INTO numbers_activation (account_id, id, public_id, order_id, slot_id, e164,
                                  service_code, country, carrier, state, opened_at,
                                  window_ends_at)
  VALUES (p_account_id, p_activation_id, v_public_id, p_order_id, p_slot_id, p_e164,
          p_service, p_country, p_carrier, 'waiting', p_now, p_window_ends_at);
  RETURN v_public_id;
END $$;
