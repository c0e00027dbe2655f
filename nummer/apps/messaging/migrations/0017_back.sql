DROP FUNCTION messaging_hand_out(text[], integer[], uuid[], text, text[], timestamptz);
DROP FUNCTION messaging_report(bigint[], uuid[], text[], text[], text[], bigint[], text[], uuid[],
  timestamptz, timestamptz);
DROP FUNCTION messaging_tell(bigint[], uuid[], uuid[], text[], uuid[], timestamptz);

-- End a charge whose texts have all their fate, but for those of unknown outcome: what the carriers
-- accepted is taken, the rest of the hold is free, and what is unknown goes on under a charge and a
-- hold of its own, with the id of one of its texts. Locks: the wallet.
CREATE OR REPLACE FUNCTION messaging_close(p_account_id bigint, p_id uuid, p_hold_until timestamptz,
                                p_now timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c messaging_charge;
  v_outcome text;
  v_next uuid;
  v_sum bigint;
  v_count integer;
BEGIN
  SELECT * INTO c FROM messaging_charge WHERE account_id = p_account_id AND id = p_id
     FOR NO KEY UPDATE;
  IF c.closed_at IS NOT NULL OR c.waiting > c.unknown THEN RETURN; END IF;
  IF c.net_micro + c.tax_micro > 0 THEN
    v_outcome := (ledger.settle(
      p_account_id, p_id, c.currency,
      CASE WHEN c.tax_micro > 0 THEN ARRAY[1, 2] ELSE ARRAY[1] END::smallint[],
      CASE WHEN c.tax_micro > 0 THEN ARRAY[-c.net_micro, -c.tax_micro]
           ELSE ARRAY[-c.net_micro] END, NULL, p_now)).outcome;
  ELSIF c.held_micro > 0 THEN
    v_outcome := (ledger.release(p_account_id, p_id, 'released', p_now)).outcome;
  ELSE
    v_outcome := 'done';
  END IF;
  IF v_outcome NOT IN ('done', 'replayed') THEN
    RAISE EXCEPTION 'a charge is not settled: %', v_outcome;
  END IF;
  UPDATE messaging_charge SET waiting = 0, unknown = 0, closed_at = p_now
   WHERE account_id = p_account_id AND id = p_id;
  IF c.unknown = 0 THEN RETURN; END IF;

  SELECT (array_agg(o.id ORDER BY o.id))[1], sum(o.net_micro + o.tax_micro), count(*)
    INTO v_next, v_sum, v_count
    FROM messaging_outgoing o
   WHERE o.account_id = p_account_id AND o.charge_id = p_id AND o.state = 'unknown';
  IF v_sum > 0 THEN
    v_outcome := (ledger.authorise(p_account_id, v_next, 9::smallint, c.currency, v_sum, v_next,
                                   NULL, p_hold_until, p_now)).outcome;
    IF v_outcome <> 'done' THEN
      RAISE EXCEPTION 'what was just free is not: %', v_outcome;
    END IF;
  END IF;
  INSERT INTO messaging_charge (account_id, id, currency, held_micro, waiting, opened_at)
  VALUES (p_account_id, v_next, c.currency, v_sum, v_count, p_now);
  UPDATE messaging_outgoing SET charge_id = v_next
   WHERE account_id = p_account_id AND charge_id = p_id AND state = 'unknown';
END $$;

-- Write down what became of texts, each once, and settle the charges that are complete; returns the
-- texts of rented numbers whose state changed. Fates:
--   sent     the carrier accepted it, under an id of its own;
--   back     nothing of it was written: it waits again;
--   next     a carrier that did not take it now: the next route has it, and without one it failed;
--   failed   refused for good, or given up before it was sent;
--   unknown  the carrier may have it;
--   arrived, lost   a receipt told so about a text of unknown outcome.
-- Locks: the texts in the order of their keys, then their charges in the same order, then wallets.
CREATE OR REPLACE FUNCTION messaging_fates(
  p_accounts bigint[], p_ids uuid[], p_fates text[], p_carriers text[], p_message_ids text[],
  p_statuses bigint[], p_reasons text[], p_hold_until timestamptz, p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, lease_id uuid, state text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_accounts bigint[];
  v_ids uuid[];
  v_leases uuid[];
  v_states text[];
BEGIN
  WITH before AS MATERIALIZED (
    SELECT o.account_id, o.id, o.state AS was, f.fate, f.carrier, f.message_id, f.status, f.reason
      FROM unnest(p_accounts, p_ids, p_fates, p_carriers, p_message_ids, p_statuses, p_reasons)
             AS f (account_id, id, fate, carrier, message_id, status, reason)
      JOIN messaging_outgoing o ON o.account_id = f.account_id AND o.id = f.id
     WHERE CASE f.fate
             WHEN 'sent' THEN o.state IN ('taken', 'unknown')
             WHEN 'next' THEN o.state = 'taken' WHEN 'back' THEN o.state = 'taken'
             WHEN 'failed' THEN o.state IN ('queued', 'taken', 'unknown')
             WHEN 'unknown' THEN o.state = 'taken'
             ELSE o.state = 'unknown' END
     ORDER BY o.account_id, o.id
       FOR NO KEY UPDATE OF o),
  moved AS (
    UPDATE messaging_outgoing o SET
      state = CASE b.fate
                WHEN 'next' THEN CASE WHEN jsonb_array_length(o.routes) > 1 THEN 'queued'
                                      ELSE 'failed' END
                WHEN 'back' THEN 'queued' WHEN 'arrived' THEN 'delivered' WHEN 'lost' THEN 'undelivered'
                ELSE b.fate END,
      carrier = CASE WHEN b.fate = 'next' AND jsonb_array_length(o.routes) > 1
                       THEN o.routes -> 1 ->> 0
                     WHEN b.carrier <> '' THEN b.carrier ELSE o.carrier END,
      routes = CASE WHEN b.fate = 'next' AND jsonb_array_length(o.routes) > 1
                      THEN o.routes - 0 ELSE o.routes END,
      carrier_message_id = CASE b.message_id WHEN '' THEN o.carrier_message_id
                                             ELSE b.message_id END,
      sent_at = CASE WHEN b.fate IN ('sent', 'arrived', 'lost') THEN coalesce(o.sent_at, p_now)
                     ELSE o.sent_at END,
      done_at = CASE WHEN b.fate IN ('sent', 'back') THEN NULL
                     WHEN b.fate = 'next' AND jsonb_array_length(o.routes) > 1 THEN NULL
                     ELSE p_now END,
      error_status = CASE WHEN b.status > 0 THEN b.status ELSE o.error_status END,
      reason = CASE WHEN b.fate IN ('sent', 'arrived', 'back') THEN ''
                    WHEN b.fate = 'next' AND jsonb_array_length(o.routes) > 1 THEN ''
                    ELSE b.reason END,
      supplier = CASE WHEN b.fate IN ('sent', 'arrived', 'lost')
                      THEN coalesce(o.routes -> 0 ->> 1, '') ELSE o.supplier END,
      cost_micro = CASE WHEN b.fate IN ('sent', 'arrived', 'lost')
                        THEN (o.routes -> 0 ->> 2)::bigint * o.parts ELSE o.cost_micro END,
      cost_currency = CASE WHEN b.fate IN ('sent', 'arrived', 'lost')
                           THEN coalesce(o.routes -> 0 ->> 3, '') ELSE o.cost_currency END
      FROM before b
     WHERE o.account_id = b.account_id AND o.id = b.id
    RETURNING o.account_id, o.id, o.lease_id, o.charge_id, b.was, b.fate, o.net_micro, o.tax_micro,
              o.state),
  counted AS MATERIALIZED (
    SELECT m.account_id, m.charge_id,
           count(*) FILTER (WHERE m.state NOT IN ('queued', 'unknown')) AS ended,
           count(*) FILTER (WHERE m.state = 'unknown') AS lost_sight_of,
           count(*) FILTER (WHERE m.was = 'unknown' AND m.state <> 'unknown') AS found_again,
           coalesce(sum(m.net_micro) FILTER (WHERE m.fate IN ('sent', 'arrived', 'lost')), 0) AS net,
           coalesce(sum(m.tax_micro) FILTER (WHERE m.fate IN ('sent', 'arrived', 'lost')), 0) AS tax
      FROM moved m WHERE m.charge_id IS NOT NULL
     GROUP BY m.account_id, m.charge_id),
  locked AS MATERIALIZED (
    SELECT c.account_id, c.id, t.ended, t.lost_sight_of, t.found_again, t.net, t.tax
      FROM counted t
      JOIN messaging_charge c ON c.account_id = t.account_id AND c.id = t.charge_id
     ORDER BY c.account_id, c.id FOR NO KEY UPDATE OF c),
  charged AS (
    UPDATE messaging_charge c SET
      waiting = c.waiting - l.ended,
      unknown = greatest(c.unknown + l.lost_sight_of - l.found_again, 0),
      net_micro = c.net_micro + l.net, tax_micro = c.tax_micro + l.tax
      FROM locked l
     WHERE c.account_id = l.account_id AND c.id = l.id
    RETURNING c.account_id, c.id, c.waiting, c.unknown)
  SELECT array_agg(r.account_id), array_agg(r.id), array_agg(r.lease_id), array_agg(r.state)
    INTO v_accounts, v_ids, v_leases, v_states
    FROM (SELECT m.account_id, m.id, m.lease_id, m.state::text FROM moved m
           WHERE m.lease_id IS NOT NULL AND m.state <> 'queued'
          UNION ALL
          SELECT c.account_id, c.id, NULL, NULL FROM charged c WHERE c.waiting = c.unknown
           ORDER BY 1, 2) r;

  FOR n IN 1 .. coalesce(cardinality(v_ids), 0) LOOP
    IF v_states[n] IS NULL THEN
      PERFORM messaging_close(v_accounts[n], v_ids[n], p_hold_until, p_now);
    END IF;
  END LOOP;

  RETURN QUERY SELECT r.account_id, r.id, r.lease_id, r.state
                 FROM unnest(v_accounts, v_ids, v_leases, v_states)
                        AS r (account_id, id, lease_id, state)
                WHERE r.state IS NOT NULL;
END $$;

DROP FUNCTION messaging_give(bigint, uuid, text[]);
