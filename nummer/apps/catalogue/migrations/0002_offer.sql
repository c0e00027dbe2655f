-- What is offered of a service in a country at a moment: one row, with nulls for what there is
-- not. A plain read that PostgreSQL inlines.
CREATE FUNCTION catalogue_offer(p_service text, p_country text, p_currency text,
                                p_customer_country text, p_now timestamptz)
RETURNS TABLE (enabled boolean, window_s integer, known_country text, price_id uuid,
               net_micro bigint, rate_bp integer)
LANGUAGE sql STABLE AS $$
  SELECT s.enabled, s.window_s, c.code::text, p.id, p.net_micro, coalesce(t.rate_bp, 0)::integer
    FROM (VALUES (1)) AS one
    LEFT JOIN catalogue_service s ON s.code = p_service
    LEFT JOIN catalogue_country c ON c.code = p_country
    LEFT JOIN LATERAL (
      SELECT id, net_micro FROM catalogue_price
       WHERE service_id = s.code AND country_id = c.code AND currency = p_currency
         AND from_at <= p_now
       ORDER BY from_at DESC LIMIT 1) p ON true
    LEFT JOIN LATERAL (
      SELECT rate_bp FROM catalogue_taxrate
       WHERE country_id = p_customer_country AND from_on <= (p_now AT TIME ZONE 'UTC')::date
       ORDER BY from_on DESC LIMIT 1) t ON true
$$;

-- Which words the notices have, as one number: their texts never change, new ones are added.
CREATE FUNCTION catalogue_notices_stamp()
RETURNS TABLE (stamp bigint)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(max(n.id), 0) FROM catalogue_notice n
$$;
