-- Accept the texts of one account that came together, once for each key: their money is held in one
-- hold, their rows wait for a carrier, all in this one call (ADR 220).
--
-- Outcomes, one for each text in the order given: 'accepted', 'replayed' (a text stands under the
-- key; its id is told), 'number_cannot_send', 'insufficient' (the texts before it took what there
-- was; `detail` says what is left for it), 'recipient_opted_out', 'too_many_sms' (`detail` says for
-- how many seconds), 'sending_unusual', and those of ledger.authorise. Only what is accepted is
-- written. Locks: the account's sender row, then the wallet.
--
-- The limits are those of the account, else of everybody (account 0), else p_usual: texts a minute
-- and a day, and for a new account (p_new) recipients an hour and texts abroad (p_abroad) a day.
CREATE FUNCTION messaging_submit(
  p_account_id bigint, p_charge_id uuid, p_currency text,
  p_ids uuid[], p_keys uuid[], p_leases uuid[], p_ours text[], p_senders text[],
  p_contents bytea[], p_indexes bytea[], p_parts smallint[], p_rates uuid[], p_nets bigint[],
  p_taxes bigint[], p_routes text[], p_abroad boolean[], p_new boolean, p_usual bigint[], p_surface text, p_key_id uuid, p_hold_until timestamptz,
  p_now timestamptz)
RETURNS TABLE (n bigint, outcome text, id uuid, detail bigint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
#variable_conflict use_column
DECLARE
  v_outcomes text[];
  v_known uuid[];
  v_sum bigint;
  v_count integer;
  v_free bigint;
  v_held ledger.hold_answer;
  v_sender messaging_sender;
  v_limits bigint[];
  v_minute_left bigint;
  v_day_left bigint;
  v_abroad_left bigint;
  v_recipients bigint := 0;
  v_recent bytea[] := '{}';
  v_wait bigint;
BEGIN
  INSERT INTO messaging_sender (account_id, minute_from, minute_count, day_from, day_count)
  VALUES (p_account_id, p_now, 0, p_now, 0) ON CONFLICT (account_id) DO NOTHING;
  SELECT * INTO v_sender FROM messaging_sender s WHERE s.account_id = p_account_id
     FOR NO KEY UPDATE;
  IF p_now >= v_sender.minute_from + interval '1 minute' THEN
    v_sender.minute_from := p_now;
    v_sender.minute_count := 0;
  END IF;
  IF p_now >= v_sender.day_from + interval '1 day' THEN
    v_sender.day_from := p_now;
    v_sender.day_count := 0;
    v_sender.abroad_count := 0;
  END IF;
  SELECT ARRAY[l.per_minute, l.per_day, l.new_recipients_per_hour, l.new_abroad_per_day]
    INTO v_limits FROM messaging_sendinglimits l
   WHERE l.account_id IN (p_account_id, 0) ORDER BY l.account_id DESC LIMIT 1;
  v_limits := coalesce(v_limits, p_usual);
  v_minute_left := CASE WHEN v_limits[1] > 0 THEN v_limits[1] - v_sender.minute_count
                        ELSE 9223372036854775807 END;
  v_day_left := CASE WHEN v_limits[2] > 0 THEN v_limits[2] - v_sender.day_count
                     ELSE 9223372036854775807 END;
  v_wait := ceil(extract(epoch FROM CASE
    WHEN v_day_left <= 0 THEN v_sender.day_from + interval '1 day'
    ELSE v_sender.minute_from + interval '1 minute' END - p_now));
  v_abroad_left := CASE WHEN p_new AND v_limits[4] > 0 THEN v_limits[4] - v_sender.abroad_count
                        ELSE 9223372036854775807 END;
  IF p_new AND v_limits[3] > 0 THEN
    SELECT coalesce(array_agg(r.theirs_index), '{}') INTO v_recent
      FROM (SELECT DISTINCT o.theirs_index FROM messaging_outgoing o
             WHERE o.account_id = p_account_id AND o.lease_id IS NOT NULL
               AND o.queued_at > p_now - interval '1 hour'
             LIMIT v_limits[3] + 1) r;
    v_recipients := v_limits[3] - cardinality(v_recent);
  END IF;

  WITH judged AS (
      SELECT u.n, p_nets[u.n] + p_taxes[u.n] AS price,
             coalesce(o.id, p_ids[min(u.n) OVER one_key]) AS known,
             CASE WHEN o.id IS NOT NULL OR min(u.n) OVER one_key < u.n THEN 'replayed'
                  WHEN l.id IS NULL THEN 'number_cannot_send'
                  WHEN refuser.id IS NOT NULL THEN 'recipient_opted_out'
                  ELSE 'accepted' END AS outcome
        FROM unnest(p_keys) WITH ORDINALITY AS u (key, n)
        LEFT JOIN messaging_outgoing o ON o.account_id = p_account_id AND o.key = u.key
        LEFT JOIN leases_lease l ON l.account_id = p_account_id AND l.id = p_leases[u.n]
              AND l.state IN ('active', 'cancelled') AND l.e164 = p_ours[u.n]
        LEFT JOIN messaging_optout refuser ON refuser.account_id = p_account_id
              AND refuser.lease_id = p_leases[u.n]
              AND refuser.theirs_index = p_indexes[u.n]
      WINDOW one_key AS (PARTITION BY u.key)),
    fresh AS (
      -- Those to the same recipient count once, at their first.
      SELECT j.n, row_number() OVER (ORDER BY j.n) AS place,
             count(*) FILTER (WHERE p_abroad[j.n]) OVER (ORDER BY j.n) AS abroad,
             row_number() OVER (PARTITION BY p_indexes[j.n] ORDER BY j.n) = 1
               AND NOT p_indexes[j.n] = ANY (v_recent) AS first_to
        FROM judged j WHERE j.outcome = 'accepted'),
    counted AS (
      SELECT f.n, f.place, f.abroad, f.first_to,
             count(*) FILTER (WHERE f.first_to) OVER (ORDER BY f.n) AS recipients
        FROM fresh f),
    ranked AS (
      SELECT c.n, c.place, c.abroad,
             min(c.recipients) OVER (PARTITION BY p_indexes[c.n]) AS recipients
        FROM counted c),
    limited AS (
      SELECT j.n, j.price, j.known,
             CASE WHEN j.outcome <> 'accepted' THEN j.outcome
                  WHEN c.place > v_minute_left OR c.place > v_day_left THEN 'too_many_sms'
                  WHEN (p_abroad[j.n] AND c.abroad > v_abroad_left)
                       OR (p_new AND v_limits[3] > 0 AND c.recipients > v_recipients
                           AND NOT p_indexes[j.n] = ANY (v_recent)) THEN 'sending_unusual'
                  ELSE 'accepted' END AS outcome
        FROM judged j LEFT JOIN ranked c ON c.n = j.n)
  SELECT array_agg(j.outcome ORDER BY j.n), array_agg(j.known ORDER BY j.n),
         coalesce(sum(j.price) FILTER (WHERE j.outcome = 'accepted'), 0),
         count(*) FILTER (WHERE j.outcome = 'accepted')
    INTO v_outcomes, v_known, v_sum, v_count
    FROM limited j;

  IF v_sum > 0 THEN
    v_held := ledger.authorise(p_account_id, p_charge_id, 9::smallint, p_currency, v_sum,
                               p_charge_id, NULL, p_hold_until, p_now);
    IF v_held.outcome = 'insufficient' THEN
      v_free := v_held.total - v_held.held - v_held.earmarked;
      SELECT array_agg(CASE WHEN s.outcome = 'accepted' AND s.running > v_free
                            THEN 'insufficient' ELSE s.outcome END ORDER BY s.n),
             coalesce(max(s.running) FILTER (WHERE s.outcome = 'accepted'
                                               AND s.running <= v_free), 0),
             count(*) FILTER (WHERE s.outcome = 'accepted' AND s.running <= v_free)
        INTO v_outcomes, v_sum, v_count
        FROM (SELECT u.n, u.outcome,
                     sum(CASE WHEN u.outcome = 'accepted' THEN p_nets[u.n] + p_taxes[u.n]
                              ELSE 0 END) OVER (ORDER BY u.n) AS running
                FROM unnest(v_outcomes) WITH ORDINALITY AS u (outcome, n)) s;
      v_free := v_free - v_sum;
      IF v_sum > 0 THEN
        v_held := ledger.authorise(p_account_id, p_charge_id, 9::smallint, p_currency, v_sum,
                                   p_charge_id, NULL, p_hold_until, p_now);
      END IF;
    END IF;
    IF v_sum > 0 AND v_held.outcome <> 'done' THEN
      v_outcomes := ARRAY (SELECT CASE WHEN u.outcome = 'accepted' THEN v_held.outcome
                                       ELSE u.outcome END
                             FROM unnest(v_outcomes) WITH ORDINALITY AS u (outcome, n)
                            ORDER BY u.n);
      v_count := 0;
    END IF;
  END IF;

  IF v_count > 0 THEN
    INSERT INTO messaging_charge (account_id, id, currency, held_micro, waiting, opened_at)
    VALUES (p_account_id, p_charge_id, p_currency, v_sum, v_count, p_now);
    INSERT INTO messaging_outgoing (
      account_id, id, key, purpose, sender, state, carrier, carrier_message_id, queued_at,
      lease_id, ours, theirs_index, content, parts, rate_id, net_micro, tax_micro, currency,
      charge_id, routes, surface, key_id)
    SELECT p_account_id, p_ids[u.n], p_keys[u.n], 'customer-sms', p_senders[u.n], 'queued',
           p_routes[u.n]::jsonb -> 0 ->> 0, '',
           p_now, p_leases[u.n], p_ours[u.n], p_indexes[u.n], p_contents[u.n], p_parts[u.n],
           p_rates[u.n], p_nets[u.n], p_taxes[u.n], p_currency, p_charge_id,
           p_routes[u.n]::jsonb, p_surface, p_key_id
      FROM unnest(v_outcomes) WITH ORDINALITY AS u (outcome, n)
     WHERE u.outcome = 'accepted'
     ORDER BY u.n;
    UPDATE messaging_sender s
       SET minute_from = v_sender.minute_from, minute_count = v_sender.minute_count + v_count,
           day_from = v_sender.day_from, day_count = v_sender.day_count + v_count,
           abroad_count = v_sender.abroad_count
             + (SELECT count(*) FROM unnest(v_outcomes, p_abroad) AS u (outcome, abroad)
                 WHERE u.outcome = 'accepted' AND u.abroad)
     WHERE s.account_id = p_account_id;
    PERFORM pg_notify('nummer_outgoing', '');
  END IF;

  RETURN QUERY
    SELECT u.n, u.outcome,
           CASE u.outcome WHEN 'accepted' THEN p_ids[u.n] WHEN 'replayed' THEN v_known[u.n] END,
           CASE u.outcome WHEN 'insufficient' THEN v_free WHEN 'too_many_sms' THEN v_wait END
      FROM unnest(v_outcomes) WITH ORDINALITY AS u (outcome, n)
     ORDER BY u.n;
END $$;
