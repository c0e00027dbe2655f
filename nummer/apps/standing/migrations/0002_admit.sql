-- Whether an account may order now. Locks its tally first, and until the transaction ends, so that
-- two orders of one account are judged one after the other.
-- Outcomes, in this order: 'service_blocked', 'suspended', 'too_many_orders' (limit, seconds to
-- wait), 'too_many_open' (limit), 'share_too_low' (of, with_code), 'admitted'.
-- `p_usual` are the limits of those for whom nobody set any: orders a minute, open ones, least
-- share of codes in per cent, from how many ends on it is asked, how many ends are remembered.
CREATE FUNCTION standing_admit(p_account_id bigint, p_service text, p_country text,
                               p_usual integer[], p_now timestamptz,
                               OUT outcome text, OUT first integer, OUT second integer)
LANGUAGE plpgsql AS $$
DECLARE
  t standing_tally;
  v record;
  v_inside timestamptz[];
BEGIN
  SELECT * INTO t FROM standing_tally WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN  -- the account's first order
    INSERT INTO standing_tally (account_id, recent, open, outcomes)
    VALUES (p_account_id, '{}', 0, '') ON CONFLICT DO NOTHING;
    SELECT * INTO t FROM standing_tally WHERE account_id = p_account_id FOR NO KEY UPDATE;
  END IF;

  SELECT coalesce(l.orders_per_minute, p_usual[1]) AS per_minute,
         coalesce(l.open_max, p_usual[2]) AS open_max,
         coalesce(l.share_percent_min, p_usual[3]) AS percent_min,
         coalesce(l.share_after, p_usual[4]) AS share_after,
         EXISTS (SELECT FROM standing_suspension s
                  WHERE s.account_id = p_account_id AND s.lifted_at IS NULL
                    AND s.service IN ('', p_service)) AS suspended,
         EXISTS (SELECT FROM standing_block b
                  WHERE b.lifted_at IS NULL AND ((b.kind = 'service' AND b.value = p_service)
                                              OR (b.kind = 'country' AND b.value = p_country)))
           AS blocked
    INTO v
    FROM (VALUES (1)) AS one
    LEFT JOIN LATERAL (SELECT * FROM standing_limits
                        WHERE account_id IN (p_account_id, 0)
                        ORDER BY account_id DESC LIMIT 1) l ON true;

  IF v.blocked THEN outcome := 'service_blocked'; RETURN; END IF;
  IF v.suspended THEN outcome := 'suspended'; RETURN; END IF;

  IF cardinality(t.recent) >= v.per_minute THEN
    v_inside := ARRAY(SELECT at FROM unnest(t.recent) AS at
                       WHERE at > p_now - interval '1 minute' ORDER BY at);
    IF cardinality(v_inside) >= v.per_minute THEN
      -- room comes when so many have left the minute that one fewer than the limit is inside
      outcome := 'too_many_orders';
      first := v.per_minute;
      second := GREATEST(1, ceil(extract(epoch FROM
        coalesce(v_inside[cardinality(v_inside) - v.per_minute + 1], p_now)
        + interval '1 minute' - p_now)));
      RETURN;
    END IF;
  END IF;
  IF t.open >= v.open_max THEN
    outcome := 'too_many_open';
    first := v.open_max;
    RETURN;
  END IF;
  first := length(t.outcomes);
  IF first >= LEAST(v.share_after, p_usual[5]) THEN
    second := first - length(replace(t.outcomes, 'c', ''));
    IF second * 100 < v.percent_min * first THEN outcome := 'share_too_low'; RETURN; END IF;
  END IF;
  outcome := 'admitted';
END $$;

-- Count an order that was placed: it is open, and one of this minute.
CREATE FUNCTION standing_count(p_account_id bigint, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO standing_tally AS t (account_id, recent, open, outcomes)
  VALUES (p_account_id, ARRAY[p_now], 1, '')
  ON CONFLICT (account_id) DO UPDATE
    SET open = t.open + 1,
        recent = ARRAY(SELECT at FROM unnest(t.recent) AS at
                        WHERE at > p_now - interval '1 minute') || p_now;
END $$;
