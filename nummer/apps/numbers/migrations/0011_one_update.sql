-- Which activations open at p_now hold these numbers, oldest first. Read only; the answer may be
-- stale by the time it is used, so numbers_receive looks again under a lock. Keeps one plan for
-- the session, by the keys of the tables (0010).
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
   ORDER BY a.opened_at, a.public_id;
END $$;

-- Bring messages to their activations, all or none: return the ordinals (from 1) of those whose
-- activation is not open any more at p_now, or null where all are; with any, nothing has changed.
-- Messages without an activation are passed over. The outcome 'shown' is that of a message with a
-- code; the first one decides displayed_at.
--
-- One statement locks and changes: the join visits the activations in the order of their keys, so
-- that two batches never wait for each other in a circle, and a row that another transaction
-- changed meanwhile is judged as it is then. What it did is undone where one is missing.
--
-- Whoever calls it sets how statements are planned, as messaging_store does: setting it here again
-- would be paid for in each batch.
CREATE FUNCTION numbers_receive(p_accounts bigint[], p_activations uuid[],
                                p_received timestamptz[], p_outcomes text[], p_now timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
  missing bigint := cardinality(array_remove(p_activations, NULL));
  met uuid[];
  names text;
BEGIN
  IF missing = 0 THEN
    RETURN NULL;
  END IF;

  BEGIN
    WITH changed AS (
      UPDATE numbers_activation a
         SET first_sms_at = coalesce(a.first_sms_at, w.first_at),
             state = CASE WHEN w.with_code THEN 'shown' ELSE a.state END,
             displayed_at = coalesce(a.displayed_at, CASE WHEN w.with_code THEN p_now END),
             last_code_at = CASE WHEN w.with_code THEN p_now ELSE a.last_code_at END
        FROM (SELECT u.account_id, u.id, min(u.received) AS first_at,
                     bool_or(u.outcome = 'shown') AS with_code, count(*)::integer AS messages
                FROM unnest(p_accounts, p_activations, p_received, p_outcomes)
                     AS u(account_id, id, received, outcome)
               WHERE u.id IS NOT NULL
               GROUP BY u.account_id, u.id
               ORDER BY u.account_id, u.id) w
       WHERE a.account_id = w.account_id AND a.id = w.id
         AND a.state IN ('waiting', 'shown') AND a.window_ends_at >= p_now
      RETURNING a.id, a.account_id || ':' || a.public_id AS name, w.messages)
    SELECT missing - sum(c.messages), array_agg(c.id), string_agg(c.name, ',')
      INTO missing, met, names FROM changed c;
    IF missing IS DISTINCT FROM 0 THEN
      RAISE SQLSTATE 'NR001';
    END IF;
  EXCEPTION WHEN SQLSTATE 'NR001' THEN
    RETURN ARRAY (SELECT u.n FROM unnest(p_activations) WITH ORDINALITY AS u(id, n)
                   WHERE u.id IS NOT NULL AND NOT (u.id = ANY (coalesce(met, '{}')))
                   ORDER BY u.n);
  END;

  IF octet_length(names) < 8000 THEN  -- what a notification can hold
    PERFORM pg_notify('nummer_activation', names);
  ELSE
    PERFORM pg_notify('nummer_activation', name) FROM unnest(string_to_array(names, ',')) AS name;
  END IF;
  RETURN NULL;
END $$;
