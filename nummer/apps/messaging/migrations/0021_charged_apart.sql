-- Write down what became of texts (0014 says which fates there are). Their charges are counted in
-- a statement of its own, after the texts are locked: else a text whose charge was closed in
-- between counts in none, and its money stays held until the hold ends.
-- Locks: the texts in the order of their keys, then their charges in the same order, then wallets.
CREATE OR REPLACE FUNCTION messaging_fates(
  p_accounts bigint[], p_ids uuid[], p_fates text[], p_carriers text[], p_message_ids text[],
  p_statuses bigint[], p_reasons text[], p_hold_until timestamptz, p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, lease_id uuid, state text)
LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_accounts bigint[];
  v_ids uuid[];
  v_leases uuid[];
  v_states text[];
  v_owners bigint[];
  v_charges uuid[];
  v_ended bigint[];
  v_lost bigint[];
  v_found bigint[];
  v_nets numeric[];
  v_taxes numeric[];
BEGIN
  WITH before AS MATERIALIZED (
    SELECT o.account_id, o.id, o.state AS was, f.fate, f.carrier, f.message_id, f.status, f.reason
      FROM unnest(p_accounts, p_ids, p_fates, p_carriers, p_message_ids, p_statuses, p_reasons)
             AS f (account_id, id, fate, carrier, message_id, status, reason)
      JOIN messaging_outgoing o ON o.account_id = f.account_id AND o.id = f.id
     WHERE CASE f.fate
             WHEN 'sent' THEN o.state IN ('taken', 'unknown')
             WHEN 'next' THEN o.state IN ('taken', 'unknown')
             WHEN 'back' THEN o.state IN ('taken', 'unknown')
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
     GROUP BY m.account_id, m.charge_id)
  SELECT r.accounts, r.ids, r.leases, r.states,
         t.owners, t.charges, t.ended, t.lost, t.found, t.nets, t.taxes
    INTO v_accounts, v_ids, v_leases, v_states,
         v_owners, v_charges, v_ended, v_lost, v_found, v_nets, v_taxes
    FROM (SELECT array_agg(m.account_id ORDER BY m.account_id, m.id) AS accounts,
                 array_agg(m.id ORDER BY m.account_id, m.id) AS ids,
                 array_agg(m.lease_id ORDER BY m.account_id, m.id) AS leases,
                 array_agg(m.state::text ORDER BY m.account_id, m.id) AS states
            FROM moved m WHERE m.lease_id IS NOT NULL AND m.state <> 'queued') r,
         (SELECT array_agg(c.account_id) AS owners, array_agg(c.charge_id) AS charges,
                 array_agg(c.ended) AS ended, array_agg(c.lost_sight_of) AS lost,
                 array_agg(c.found_again) AS found, array_agg(c.net) AS nets,
                 array_agg(c.tax) AS taxes
            FROM counted c) t;

  -- A statement of its own: while the texts were waited for, what was unknown may have gone on
  -- under a charge that the statement above does not see.
  WITH locked AS MATERIALIZED (
    SELECT c.account_id, c.id, t.ended, t.lost_sight_of, t.found_again, t.net, t.tax
      FROM unnest(v_owners, v_charges, v_ended, v_lost, v_found, v_nets, v_taxes)
             AS t (account_id, charge_id, ended, lost_sight_of, found_again, net, tax)
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
  SELECT array_agg(c.account_id ORDER BY c.account_id, c.id),
         array_agg(c.id ORDER BY c.account_id, c.id)
    INTO v_owners, v_charges
    FROM charged c WHERE c.waiting = c.unknown;

  FOR n IN 1 .. coalesce(cardinality(v_charges), 0) LOOP
    PERFORM messaging_close(v_owners[n], v_charges[n], p_hold_until, p_now);
  END LOOP;

  RETURN QUERY SELECT r.account_id, r.id, r.lease_id, r.state
                 FROM unnest(v_accounts, v_ids, v_leases, v_states)
                        AS r (account_id, id, lease_id, state);
END $$;
