-- What texts have become, written and told in one call (ADR 360); the rules are those of 0014 with
-- four more. A gateway that took a text knows best: it may give it back or hand it on although
-- another gateway's start called its outcome unknown. A charge whose hold is gone (it ran out, or a
-- person released it) is taken from what is free, and where that is too little the texts are a
-- gift. Texts of unknown outcome go on under the id of one that named no charge yet; where all did,
-- they end together. So a fate can always be written. And what changed is told to the customers'
-- servers here.

CREATE OR REPLACE FUNCTION messaging_close(p_account_id bigint, p_id uuid,
                                           p_hold_until timestamptz, p_now timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c messaging_charge;
  v_books smallint[];
  v_amounts bigint[];
  v_outcome text := 'done';
  v_next uuid;
  v_sum bigint;
  v_count integer;
BEGIN
  SELECT * INTO c FROM messaging_charge WHERE account_id = p_account_id AND id = p_id
     FOR NO KEY UPDATE;
  IF c.closed_at IS NOT NULL OR c.waiting > c.unknown THEN RETURN; END IF;
  IF c.unknown > 0 THEN
    SELECT o.id INTO v_next FROM messaging_outgoing o
     WHERE o.account_id = p_account_id AND o.charge_id = p_id AND o.state = 'unknown'
       AND NOT EXISTS (SELECT FROM messaging_charge k
                        WHERE k.account_id = p_account_id AND k.id = o.id)
     ORDER BY o.id LIMIT 1;
    IF v_next IS NULL THEN RETURN; END IF;  -- each has named a charge: those left end together
  END IF;
  IF c.net_micro + c.tax_micro > 0 THEN
    v_books := CASE WHEN c.tax_micro > 0 THEN ARRAY[1, 2] ELSE ARRAY[1] END;
    v_amounts := CASE WHEN c.tax_micro > 0 THEN ARRAY[-c.net_micro, -c.tax_micro]
                      ELSE ARRAY[-c.net_micro] END;
    v_outcome := (ledger.settle(p_account_id, p_id, c.currency, v_books, v_amounts, NULL,
                                p_now)).outcome;
    IF v_outcome IN ('hold_closed', 'no_hold') THEN
      v_outcome := (ledger.post(p_account_id, p_id, 9::smallint, c.currency, v_books, v_amounts,
                                1::smallint, p_id, NULL, NULL, p_now)).outcome;
    END IF;
    IF v_outcome = 'insufficient' THEN
      PERFORM messaging_give(p_account_id, p_id, ARRAY['sent', 'delivered', 'undelivered']);
      UPDATE messaging_charge SET net_micro = 0, tax_micro = 0
       WHERE account_id = p_account_id AND id = p_id;
      v_outcome := 'done';
    END IF;
  ELSIF c.held_micro > 0 THEN
    v_outcome := (ledger.release(p_account_id, p_id, 'released', p_now)).outcome;
    IF v_outcome IN ('no_hold', 'hold_closed') THEN v_outcome := 'done'; END IF;
  END IF;
  IF v_outcome NOT IN ('done', 'replayed') THEN
    RAISE EXCEPTION 'a charge is not settled: %', v_outcome;
  END IF;
  UPDATE messaging_charge SET waiting = 0, unknown = 0, closed_at = p_now
   WHERE account_id = p_account_id AND id = p_id;
  IF c.unknown = 0 THEN RETURN; END IF;

  SELECT sum(o.net_micro + o.tax_micro), count(*) INTO v_sum, v_count
    FROM messaging_outgoing o
   WHERE o.account_id = p_account_id AND o.charge_id = p_id AND o.state = 'unknown';
  IF v_sum > 0 THEN
    v_outcome := (ledger.authorise(p_account_id, v_next, 9::smallint, c.currency, v_sum, v_next,
                                   NULL, p_hold_until, p_now)).outcome;
    IF v_outcome = 'insufficient' THEN  -- only where the hold before was gone
      PERFORM messaging_give(p_account_id, p_id, ARRAY['unknown']);
      v_sum := 0;
    ELSIF v_outcome <> 'done' THEN
      RAISE EXCEPTION 'what was just free is not: %', v_outcome;
    END IF;
  END IF;
  INSERT INTO messaging_charge (account_id, id, currency, held_micro, waiting, opened_at)
  VALUES (p_account_id, v_next, c.currency, v_sum, v_count, p_now);
  UPDATE messaging_outgoing SET charge_id = v_next
   WHERE account_id = p_account_id AND charge_id = p_id AND state = 'unknown';
END $$;

-- Let texts of a charge cost nothing.
CREATE FUNCTION messaging_give(p_account_id bigint, p_charge_id uuid, p_states text[])
RETURNS void
LANGUAGE sql AS $$
  UPDATE messaging_outgoing SET net_micro = 0, tax_micro = 0
   WHERE account_id = p_account_id AND charge_id = p_charge_id AND state = ANY (p_states)
$$;

-- Write down what became of texts (0014 says which fates there are); a text that was given back or
-- handed on may be one that another gateway called unknown.
CREATE OR REPLACE FUNCTION messaging_fates(
  p_accounts bigint[], p_ids uuid[], p_fates text[], p_carriers text[], p_message_ids text[],
  p_statuses bigint[], p_reasons text[], p_hold_until timestamptz, p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, lease_id uuid, state text)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET jit = off
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

-- Write down what became of texts and tell the servers of those who listen; p_news are the ids of
-- the events, one for each fate. Returns the texts of rented numbers whose state changed.
CREATE FUNCTION messaging_report(
  p_accounts bigint[], p_ids uuid[], p_fates text[], p_carriers text[], p_message_ids text[],
  p_statuses bigint[], p_reasons text[], p_news uuid[], p_hold_until timestamptz,
  p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, lease_id uuid, state text)
LANGUAGE plpgsql
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_accounts bigint[];
  v_ids uuid[];
  v_leases uuid[];
  v_states text[];
BEGIN
  SELECT array_agg(f.account_id), array_agg(f.id), array_agg(f.lease_id), array_agg(f.state)
    INTO v_accounts, v_ids, v_leases, v_states
    FROM messaging_fates(p_accounts, p_ids, p_fates, p_carriers, p_message_ids, p_statuses,
                         p_reasons, p_hold_until, p_now) f;
  IF v_ids IS NULL THEN RETURN; END IF;
  PERFORM messaging_tell(v_accounts, v_ids, v_leases, v_states, p_news, p_now);
  RETURN QUERY SELECT r.account_id, r.id, r.lease_id, r.state
                 FROM unnest(v_accounts, v_ids, v_leases, v_states)
                        AS r (account_id, id, lease_id, state);
END $$;

-- Tell the servers of those who listen what became of texts; p_news has at least as many ids.
CREATE FUNCTION messaging_tell(
  p_accounts bigint[], p_ids uuid[], p_leases uuid[], p_states text[], p_news uuid[],
  p_now timestamptz)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM webhooks_endpoint e WHERE e.account_id = ANY (p_accounts)) THEN
    PERFORM webhooks_announce(
      p_accounts, p_news[1:cardinality(p_ids)],
      array_fill('message.updated'::text, ARRAY[cardinality(p_ids)]),
      array_fill(''::text, ARRAY[cardinality(p_ids)]),
      p_ids, p_leases, p_states, p_now);
  END IF;
END $$;

-- Take texts for the carriers that have room, as messaging_take (0014) does, and write down that
-- they leave: p_passages are ids for as many as may be taken. Raises where one is for a purpose
-- that may not leave to a carrier. Locks: the rows, skipping those of other gateways.
CREATE FUNCTION messaging_hand_out(
  p_carriers text[], p_rooms integer[], p_passages uuid[], p_recipient text, p_purposes text[],
  p_now timestamptz)
RETURNS TABLE (account_id bigint, id uuid, rented boolean, sender text, carrier text,
               sealed_to bytea, sealed_text bytea, content bytea, per_s integer)
LANGUAGE plpgsql
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  v_accounts bigint[] := '{}';
  v_purposes text[] := '{}';
  v_row record;
BEGIN
  FOR v_row IN SELECT t.* FROM messaging_take(p_carriers, p_rooms, p_now) t LOOP
    IF v_row.purpose <> ALL (p_purposes) THEN
      RAISE EXCEPTION 'a text of the purpose % may not leave to a carrier', v_row.purpose
        USING ERRCODE = 'NU001';
    END IF;
    v_accounts := v_accounts || v_row.account_id;
    v_purposes := v_purposes || v_row.purpose;
    account_id := v_row.account_id;
    id := v_row.id;
    rented := v_row.lease_id IS NOT NULL;
    sender := v_row.sender;
    carrier := v_row.carrier;
    sealed_to := v_row.sealed_to;
    sealed_text := v_row.sealed_text;
    content := v_row.content;
    per_s := v_row.per_s;
    RETURN NEXT;
  END LOOP;
  IF cardinality(v_accounts) > 0 THEN
    PERFORM outbound_pass(v_accounts, p_passages[1:cardinality(v_accounts)], p_recipient,
                          v_purposes, ARRAY['text', 'to'], p_now);
  END IF;
END $$;
