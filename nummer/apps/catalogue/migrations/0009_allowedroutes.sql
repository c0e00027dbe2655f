-- Which carriers take an SMS, what a part costs us with each, and how well they did: for each of
-- the three its own longest prefix. A carrier whose word for the number is no, or who has no cost
-- that holds, is left out. What cannot be compared for want of a parity goes last.
CREATE FUNCTION catalogue_sms_routes(p_prefixes text[], p_now timestamptz)
RETURNS TABLE (carrier text, supplier text, route_prefix text, priority integer,
               throughput_per_s integer, cost_id uuid, cost_prefix text, currency text,
               cost_micro bigint, compared_micro numeric, sent integer, delivered integer,
               delay_ms integer, allowed boolean)
LANGUAGE sql STABLE AS $$
  SELECT w.carrier::text, w.supplier::text, w.prefix::text, w.priority::integer,
         w.throughput_per_s, k.id, k.prefix::text, k.currency::text, k.cost_micro,
         k.cost_micro::numeric * CASE k.currency WHEN 'EUR' THEN 1000000 ELSE p.euro_micro END,
         q.sent, q.delivered, q.delay_ms, k.reason <> ''
    FROM (SELECT DISTINCT ON (r.carrier) r.carrier, r.supplier, r.prefix, r.enabled, r.priority,
                 r.throughput_per_s
            FROM catalogue_smsroute r
           WHERE r.prefix = ANY(p_prefixes)
           ORDER BY r.carrier, length(r.prefix) DESC) w
    JOIN LATERAL (
      SELECT h.id, h.prefix, h.currency, h.cost_micro, h.reason
        FROM (SELECT DISTINCT ON (c.prefix) c.id, c.prefix, c.currency, c.cost_micro, c.reason
                FROM catalogue_smscost c
               WHERE c.prefix = ANY(p_prefixes) AND c.carrier = w.carrier AND c.from_at <= p_now
               ORDER BY c.prefix, c.from_at DESC) h
       WHERE h.cost_micro IS NOT NULL
       ORDER BY length(h.prefix) DESC LIMIT 1) k ON true
    LEFT JOIN LATERAL (
      SELECT y.euro_micro FROM catalogue_parity y
       WHERE y.currency = k.currency AND y.from_at <= p_now
       ORDER BY y.from_at DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (
      SELECT z.sent, z.delivered, z.delay_ms FROM catalogue_smsquality z
       WHERE z.prefix = ANY(p_prefixes) AND z.carrier = w.carrier
       ORDER BY length(z.prefix) DESC LIMIT 1) q ON true
   WHERE w.enabled
   ORDER BY w.priority, 10 NULLS LAST, w.carrier
$$;
