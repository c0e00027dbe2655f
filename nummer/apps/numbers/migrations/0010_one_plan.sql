-- Which activations open at p_now hold these numbers, oldest first. Read only; the answer may be
-- stale by the time it is used, so numbers_receive looks again under a lock.
--
-- Both functions keep one plan for the session, by the keys of the tables. PostgreSQL would else
-- plan anew for each batch, since a plan for one message looks cheaper than one for any number of
-- them, and that planning took longer than the work of a small batch.
CREATE OR REPLACE FUNCTION numbers_route(p_numbers text[], p_now timestamptz)
RETURNS TABLE (e164 text, account_id bigint, activation_id uuid, service_code text)
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
BEGIN
  RETURN QUERY
  SELECT s.e164::text, a.account_id, a.id, a.service_code::text
    FROM numbers_slot s
    JOIN numbers_activation a ON a.account_id = s.account_id AND a.id = s.activation_id
   WHERE s.e164 = ANY (p_numbers) AND s.claimed_at IS NOT NULL AND s.released_at IS NULL
     AND a.window_ends_at >= p_now
   ORDER BY s.e164, a.opened_at, a.public_id;
END $$;

-- Bring messages to their activations, all or none: return the ordinals (from 1) of those whose
-- activation is not open any more at p_now; where there are any, nothing has changed. Messages
-- without an activation are passed over. The first code decides displayed_at. Locks the
-- activations in the order of their keys, so that two batches never wait for each other in a
-- circle; the update finds the locked rows by their place, without their index.
CREATE OR REPLACE FUNCTION numbers_receive(p_accounts bigint[], p_activations uuid[],
                                p_received timestamptz[], p_with_code boolean[],
                                p_now timestamptz)
RETURNS SETOF bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
DECLARE
  wanted bigint;
  keys uuid[];
  places tid[];
  firsts timestamptz[];
  codes boolean[];
BEGIN
  SELECT max(l.wanted), array_agg(l.id) FILTER (WHERE l.open),
         array_agg(l.place) FILTER (WHERE l.open), array_agg(l.first_at) FILTER (WHERE l.open),
         array_agg(l.with_code) FILTER (WHERE l.open)
    INTO wanted, keys, places, firsts, codes
    FROM (SELECT a.id, a.ctid AS place, w.first_at, w.with_code, w.wanted,
                 a.state IN ('waiting', 'shown') AND a.window_ends_at >= p_now AS open
            FROM (SELECT u.account_id, u.id, min(u.received) AS first_at,
                         bool_or(u.with_code) AS with_code, count(*) OVER () AS wanted
                    FROM unnest(p_accounts, p_activations, p_received, p_with_code)
                         AS u(account_id, id, received, with_code)
                   WHERE u.id IS NOT NULL
                   GROUP BY u.account_id, u.id) w
            JOIN numbers_activation a ON a.account_id = w.account_id AND a.id = w.id
           ORDER BY a.account_id, a.id FOR UPDATE OF a) l;

  IF wanted IS DISTINCT FROM cardinality(keys) OR wanted IS NULL THEN
    RETURN QUERY SELECT u.n FROM unnest(p_activations) WITH ORDINALITY AS u(id, n)
                  WHERE u.id IS NOT NULL AND NOT (u.id = ANY (coalesce(keys, '{}')));
    RETURN;
  END IF;

  WITH changed AS (
    UPDATE numbers_activation a
       SET first_sms_at = coalesce(a.first_sms_at, g.first_at),
           state = CASE WHEN g.with_code THEN 'shown' ELSE a.state END,
           displayed_at = coalesce(a.displayed_at, CASE WHEN g.with_code THEN p_now END),
           last_code_at = CASE WHEN g.with_code THEN p_now ELSE a.last_code_at END
      FROM unnest(places, firsts, codes) AS g(place, first_at, with_code)
     WHERE a.ctid = g.place
    RETURNING a.account_id || ':' || a.public_id AS name)
  SELECT count(pg_notify('nummer_activation', c.name)) INTO wanted FROM changed c;
END $$;
