-- The next free slot of a service in a country is the one with the lowest id. Ordered by the id
-- itself, PostgreSQL may walk the primary key from its begin, past everything that was ever sold:
-- 3 ms at 30,000 sold slots (measured 2026-11-22). No other index has this order.
CREATE INDEX slot_next ON numbers_slot (service_code, country, (-id) DESC)
  WHERE claimed_at IS NULL AND NOT withdrawn;

CREATE OR REPLACE FUNCTION numbers_free_slot(p_service text, p_country text, p_carrier text,
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
   ORDER BY -s.id DESC LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
END $$;
