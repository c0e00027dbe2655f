-- Accept the texts of one account that came together, once for each key: their money is held in one
-- hold, their rows wait for a carrier, all in this one call (ADR 220, ADR 360).
--
-- The caller priced the texts with what it remembers. Where that does not hold any more (the rates,
-- the tax, the account, the quiet hours of a number; and, unless p_fresh, a number that does not
-- serve him) the answer is one row 'stale', and nothing is written: it reads anew and asks again.
--
-- Otherwise one row (0, 'accepted') says that all were accepted, or there is one row for each text
-- by its place: 'accepted', 'replayed' (a text stands under the key; its id is told),
-- 'account_suspended', 'balance_blocked', 'number_cannot_send', 'number_suspended' (this number
-- alone), 'recipient_opted_out',
-- 'too_many_sms' (`detail` says for how many seconds), 'sending_unusual', 'insufficient' (`detail`
-- says what was left for it), 'spend_limit_reached' (`detail` says what the account lets itself
-- spend on texts within a day), and those of ledger.authorise. Each is judged as if it had come
-- alone, after those before it. Only what is accepted is written. No key comes twice (p_keys).
--
-- The limits are those of the account, else of everybody (account 0), else p_usual: texts a minute
-- and a day, and for a new account (p_new) recipients an hour and texts abroad (p_abroad) a day.
-- p_ways are the routes that occur, p_way_of which of them each text has, from 1. A text with
-- p_taken is handed out with its acceptance, as messaging_take would: the caller sends it, and its
-- passage to p_recipient is written down under its id of p_passages.
-- Locks: the account's sender row, then the wallet.
CREATE OR REPLACE FUNCTION messaging_accept(
  p_account_id bigint, p_charge_id uuid, p_currency text, p_country text, p_tax_bp integer,
  p_rates_version text, p_fresh boolean, p_keyed boolean, p_new boolean, p_usual bigint[],
  p_surface text, p_key_id uuid, p_recipient text, p_hold_until timestamptz, p_now timestamptz,
  p_ids uuid[], p_keys uuid[], p_leases uuid[], p_ours text[], p_quiet boolean[],
  p_contents bytea[], p_indexes bytea[], p_parts smallint[], p_rates uuid[], p_nets bigint[],
  p_taxes bigint[], p_way_of smallint[], p_abroad boolean[], p_receipts boolean[],
  p_taken boolean[], p_passages uuid[], p_ways text[])
RETURNS TABLE (n integer, outcome text, id uuid, detail bigint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
SET jit = off
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  v_total integer := cardinality(p_ids);
  v_sender messaging_sender;
  v_limits bigint[];
  v_minute_left bigint;
  v_day_left bigint;
  v_abroad_left bigint;
  v_spend_left bigint;
  v_recent bytea[] := '{}';
  v_judged text[] := array_fill('accepted'::text, ARRAY[v_total]);
  v_outcomes text[];
  v_known uuid[] := array_fill(NULL::uuid, ARRAY[v_total]);
  v_details bigint[] := array_fill(NULL::bigint, ARRAY[v_total]);
  v_stopped text;
  v_silent uuid[];
  v_ended uuid[];
  v_otherwise boolean;
  v_opted boolean;
  v_count bigint;
  v_sum bigint;
  v_abroad bigint;
  v_walk boolean;
  v_free bigint;
  v_seen bytea[];
  v_price bigint;
  v_held ledger.hold_answer;
  v_row record;
  v_ways jsonb[] := p_ways::jsonb[];
BEGIN
  SELECT * INTO v_sender FROM messaging_sender s WHERE s.account_id = p_account_id
     FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    INSERT INTO messaging_sender (account_id, minute_from, minute_count, day_from, day_count)
    VALUES (p_account_id, p_now, 0, p_now, 0) ON CONFLICT (account_id) DO NOTHING;
    SELECT * INTO v_sender FROM messaging_sender s WHERE s.account_id = p_account_id
       FOR NO KEY UPDATE;
  END IF;

  SELECT array_agg(told.lease) FILTER (WHERE l.id IS NULL),
         coalesce(bool_or((q.lease_id IS NOT NULL) <> told.quiet), false)
    INTO v_ended, v_otherwise
    FROM (SELECT DISTINCT u.lease, u.ours, u.quiet
            FROM unnest(p_leases, p_ours, p_quiet) AS u (lease, ours, quiet)) told
    LEFT JOIN leases_lease l ON l.account_id = p_account_id AND l.id = told.lease
          AND l.state IN ('active', 'cancelled') AND l.e164 = told.ours
    LEFT JOIN messaging_quiet q ON q.account_id = p_account_id AND q.lease_id = told.lease;
  IF v_otherwise OR (v_ended IS NOT NULL AND NOT p_fresh)
     OR catalogue_rate_version() <> p_rates_version
     OR NOT EXISTS (SELECT FROM accounts_account a WHERE a.id = p_account_id
                       AND a.country = p_country AND a.currency = p_currency)
     OR coalesce((SELECT x.rate_bp FROM catalogue_taxrate x
                   WHERE x.country_id = p_country
                     AND x.from_on <= (p_now AT TIME ZONE 'UTC')::date
                   ORDER BY x.from_on DESC LIMIT 1), 0) <> p_tax_bp THEN
    RETURN QUERY SELECT 0, 'stale'::text, NULL::uuid, NULL::bigint;
    RETURN;
  END IF;

  SELECT max(CASE s.reason WHEN 'balance_blocked' THEN 'balance_blocked'
                           ELSE 'account_suspended' END) FILTER (WHERE s.lease_id IS NULL),
         array_agg(s.lease_id) FILTER (WHERE s.lease_id IS NOT NULL)
    INTO v_stopped, v_silent
    FROM standing_suspension s
   WHERE s.account_id = p_account_id AND s.lifted_at IS NULL AND s.service IN ('', 'rented');
  v_opted := EXISTS (SELECT FROM messaging_optout o WHERE o.account_id = p_account_id);
  IF v_stopped IS NOT NULL OR v_ended IS NOT NULL OR v_opted OR v_silent IS NOT NULL THEN
    SELECT array_agg(CASE WHEN v_stopped IS NOT NULL THEN v_stopped
                          WHEN u.lease = ANY (v_ended) THEN 'number_cannot_send'
                          WHEN u.lease = ANY (v_silent) THEN 'number_suspended'
                          WHEN v_opted AND EXISTS (
                            SELECT FROM messaging_optout o
                             WHERE o.account_id = p_account_id AND o.lease_id = u.lease
                               AND o.theirs_index = u.theirs) THEN 'recipient_opted_out'
                          ELSE 'accepted' END ORDER BY u.n)
      INTO v_judged
      FROM unnest(p_leases, p_indexes) WITH ORDINALITY AS u (lease, theirs, n);
  END IF;
  IF p_keyed THEN  -- whatever has changed since: the first answer stands
    FOR v_row IN SELECT u.n::integer AS place, o.id
                   FROM unnest(p_keys) WITH ORDINALITY AS u (key, n)
                   JOIN messaging_outgoing o ON o.account_id = p_account_id AND o.key = u.key
    LOOP
      v_judged[v_row.place] := 'replayed';
      v_known[v_row.place] := v_row.id;
    END LOOP;
  END IF;

  IF p_now >= v_sender.minute_from + interval '1 minute' THEN
    v_sender.minute_from := p_now;
    v_sender.minute_count := 0;
  END IF;
  IF p_now >= v_sender.day_from + interval '1 day' THEN
    v_sender.day_from := p_now;
    v_sender.day_count := 0;
    v_sender.abroad_count := 0;
    v_sender.spent_micro := 0;
  END IF;
  SELECT ARRAY[l.per_minute, l.per_day, l.new_recipients_per_hour, l.new_abroad_per_day]
    INTO v_limits FROM messaging_sendinglimits l
   WHERE l.account_id IN (p_account_id, 0) ORDER BY l.account_id DESC LIMIT 1;
  v_limits := coalesce(v_limits, p_usual);  -- null: nothing limits it
  v_minute_left := CASE WHEN v_limits[1] > 0 THEN v_limits[1] - v_sender.minute_count END;
  v_day_left := CASE WHEN v_limits[2] > 0 THEN v_limits[2] - v_sender.day_count END;
  v_limits[3] := CASE WHEN p_new AND v_limits[3] > 0 THEN v_limits[3] END;
  v_abroad_left := CASE WHEN p_new AND v_limits[4] > 0
                        THEN v_limits[4] - v_sender.abroad_count END;
  v_spend_left := v_sender.spend_max_micro - v_sender.spent_micro;  -- null: no limit of his own
  IF v_limits[3] IS NOT NULL THEN
    SELECT coalesce(array_agg(r.theirs_index), '{}') INTO v_recent
      FROM (SELECT DISTINCT o.theirs_index FROM messaging_outgoing o
             WHERE o.account_id = p_account_id AND o.lease_id IS NOT NULL
               AND o.queued_at > p_now - interval '1 hour'
             LIMIT v_limits[3] + 1) r;
  END IF;

  v_outcomes := v_judged;
  SELECT count(*), coalesce(sum(u.net + u.tax), 0), count(*) FILTER (WHERE u.abroad)
    INTO v_count, v_sum, v_abroad
    FROM unnest(v_judged, p_nets, p_taxes, p_abroad) AS u (outcome, net, tax, abroad)
   WHERE u.outcome = 'accepted';
  v_walk := coalesce(v_count > v_minute_left, false) OR coalesce(v_count > v_day_left, false)
         OR coalesce(v_abroad > v_abroad_left, false) OR coalesce(v_sum > v_spend_left, false)
         OR v_limits[3] IS NOT NULL;
  LOOP
    IF v_walk THEN
      v_outcomes := v_judged;
      v_count := 0;
      v_sum := 0;
      v_abroad := 0;
      v_seen := v_recent;
      FOR place IN 1 .. v_total LOOP
        CONTINUE WHEN v_outcomes[place] <> 'accepted';
        v_price := p_nets[place] + p_taxes[place];
        IF v_count >= v_minute_left OR v_count >= v_day_left THEN
          v_outcomes[place] := 'too_many_sms';
          v_details[place] := ceil(extract(epoch FROM
            CASE WHEN v_count >= v_day_left THEN v_sender.day_from + interval '1 day'
                 ELSE v_sender.minute_from + interval '1 minute' END - p_now));
        ELSIF (p_abroad[place] AND v_abroad >= v_abroad_left)
              OR (cardinality(v_seen) >= v_limits[3] AND p_indexes[place] <> ALL (v_seen)) THEN
          v_outcomes[place] := 'sending_unusual';
        ELSIF v_sum + v_price > v_spend_left THEN
          v_outcomes[place] := 'spend_limit_reached';
          v_details[place] := v_sender.spend_max_micro;
        ELSIF v_sum + v_price > v_free THEN
          v_outcomes[place] := 'insufficient';
          v_details[place] := v_free - v_sum;
        ELSE
          v_count := v_count + 1;
          v_sum := v_sum + v_price;
          v_abroad := v_abroad + p_abroad[place]::integer;
          IF v_limits[3] IS NOT NULL AND p_indexes[place] <> ALL (v_seen) THEN
            v_seen := v_seen || p_indexes[place];
          END IF;
        END IF;
      END LOOP;
    END IF;
    EXIT WHEN v_sum = 0;
    v_held := ledger.authorise(p_account_id, p_charge_id, 9::smallint, p_currency, v_sum,
                               p_charge_id, NULL, p_hold_until, p_now);
    EXIT WHEN v_held.outcome <> 'insufficient';
    v_free := v_held.total - v_held.held - v_held.earmarked;  -- and the wallet is locked
    v_walk := true;
  END LOOP;
  IF v_sum > 0 AND v_held.outcome <> 'done' THEN
    v_outcomes := ARRAY (SELECT CASE WHEN u.outcome = 'accepted' THEN v_held.outcome
                                     ELSE u.outcome END
                           FROM unnest(v_outcomes) WITH ORDINALITY AS u (outcome, n)
                          ORDER BY u.n);
    v_count := 0;
  END IF;

  IF v_count > 0 THEN
    INSERT INTO messaging_charge (account_id, id, currency, held_micro, waiting, opened_at)
    VALUES (p_account_id, p_charge_id, p_currency, v_sum, v_count, p_now);
    INSERT INTO messaging_outgoing (
      account_id, id, key, purpose, sender, state, carrier, carrier_message_id, queued_at,
      lease_id, ours, theirs_index, content, parts, rate_id, net_micro, tax_micro, currency,
      charge_id, routes, surface, key_id, receipt_owed, taken_at)
    SELECT p_account_id, u.id, u.key, 'customer-sms', u.ours,
           CASE WHEN u.taken THEN 'taken' ELSE 'queued' END,
           v_ways[u.way] -> 0 ->> 0, '', p_now, u.lease, u.ours, u.theirs, u.content, u.parts,
           u.rate, u.net, u.tax, p_currency, p_charge_id, v_ways[u.way], p_surface, p_key_id,
           u.receipt, CASE WHEN u.taken THEN p_now END
      FROM unnest(v_outcomes, p_ids, p_keys, p_leases, p_ours, p_contents, p_indexes, p_parts,
                  p_rates, p_nets, p_taxes, p_way_of, p_receipts, p_taken)
             AS u (outcome, id, key, lease, ours, content, theirs, parts, rate, net, tax, way,
                   receipt, taken)
     WHERE u.outcome = 'accepted';
    UPDATE messaging_sender s
       SET minute_from = v_sender.minute_from, minute_count = v_sender.minute_count + v_count,
           day_from = v_sender.day_from, day_count = v_sender.day_count + v_count,
           abroad_count = v_sender.abroad_count + v_abroad,
           spent_micro = v_sender.spent_micro + v_sum
     WHERE s.account_id = p_account_id;
    IF true = ANY (p_taken) THEN
      PERFORM outbound_pass(
        array_agg(p_account_id), array_agg(u.passage), p_recipient,
        array_agg('customer-sms'::text), ARRAY['text', 'to'], p_now)
         FROM unnest(v_outcomes, p_taken, p_passages) AS u (outcome, taken, passage)
        WHERE u.outcome = 'accepted' AND u.taken
       HAVING count(*) > 0;
    END IF;
    IF false = ANY (p_taken) THEN
      PERFORM pg_notify('nummer_outgoing', '');
    END IF;
  END IF;

  IF v_count = v_total THEN
    RETURN QUERY SELECT 0, 'accepted'::text, NULL::uuid, NULL::bigint;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT u.n::integer, u.outcome, u.known, u.detail
      FROM unnest(v_outcomes, v_known, v_details) WITH ORDINALITY
             AS u (outcome, known, detail, n)
     ORDER BY u.n;
END $$;
