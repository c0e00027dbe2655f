-- Which open activations hold these numbers, oldest first. Read only; the answer may be stale by
-- the time it is used, so numbers_receive looks again under a lock.
CREATE FUNCTION numbers_route(p_numbers text[])
RETURNS TABLE (e164 text, account_id bigint, activation_id uuid, public_id bigint,
               service_code text, opened_at timestamptz, window_ends_at timestamptz)
LANGUAGE sql STABLE AS $$
  SELECT s.e164::text, a.account_id, a.id, a.public_id, a.service_code::text, a.opened_at,
         a.window_ends_at
    FROM numbers_slot s
    JOIN numbers_activation a ON a.account_id = s.account_id AND a.id = s.activation_id
   WHERE s.e164 = ANY (p_numbers) AND s.claimed_at IS NOT NULL AND s.released_at IS NULL
   ORDER BY s.e164, a.opened_at, a.public_id
$$;

-- Bring messages to their activations where these are still open at p_now; return the ordinals
-- (from 1) of those that were. The first code decides displayed_at. Locks the activations in the
-- order of their keys, so that two batches never wait for each other in a circle.
CREATE FUNCTION numbers_receive(p_accounts bigint[], p_activations uuid[],
                                p_received timestamptz[], p_with_code boolean[],
                                p_now timestamptz)
RETURNS SETOF bigint
LANGUAGE plpgsql AS $$
DECLARE accepted bigint[];
BEGIN
  PERFORM 1 FROM numbers_activation a
    JOIN (SELECT DISTINCT u.account_id, u.id
            FROM unnest(p_accounts, p_activations) AS u(account_id, id)) w
      ON a.account_id = w.account_id AND a.id = w.id
   ORDER BY a.account_id, a.id FOR UPDATE OF a;

  SELECT array_agg(u.n) INTO accepted
    FROM unnest(p_accounts, p_activations) WITH ORDINALITY AS u(account_id, id, n)
    JOIN numbers_activation a ON a.account_id = u.account_id AND a.id = u.id
   WHERE a.state IN ('waiting', 'shown') AND a.window_ends_at >= p_now;

  UPDATE numbers_activation a
     SET first_sms_at = coalesce(a.first_sms_at, g.first_at),
         state = CASE WHEN g.with_code THEN 'shown' ELSE a.state END,
         displayed_at = coalesce(a.displayed_at, CASE WHEN g.with_code THEN p_now END),
         last_code_at = CASE WHEN g.with_code THEN p_now ELSE a.last_code_at END
    FROM (SELECT u.account_id, u.id, min(u.received) AS first_at, bool_or(u.with_code) AS with_code
            FROM unnest(p_accounts, p_activations, p_received, p_with_code)
                 WITH ORDINALITY AS u(account_id, id, received, with_code, n)
           WHERE u.n = ANY (accepted)
           GROUP BY u.account_id, u.id) g
   WHERE a.account_id = g.account_id AND a.id = g.id;

  PERFORM pg_notify('nummer_activation', a.account_id || ':' || a.public_id)
     FROM numbers_activation a
     JOIN (SELECT DISTINCT u.account_id, u.id
             FROM unnest(p_accounts, p_activations) WITH ORDINALITY AS u(account_id, id, n)
            WHERE u.n = ANY (accepted)) w
       ON a.account_id = w.account_id AND a.id = w.id;

  RETURN QUERY SELECT unnest(accepted);
END $$;
