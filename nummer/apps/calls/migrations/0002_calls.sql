-- Let a call go on, once for its dialog: its limits are judged, its money and minutes kept, its row
-- written. Answers 'allowed', 'replayed' (with the id of the first), 'account_suspended',
-- 'balance_blocked', 'number_suspended', 'number_cannot_call', 'too_many_calls', 'calls_too_fast',
-- 'call_spend_limit' (`detail` says what is left), 'package_changed' (`detail` says how many
-- seconds it still covers), 'insufficient' (`detail` says what is free), and those of
-- ledger.authorise. Whatever is refused changes nothing.
-- p_usual: how many calls at once and a second, where the account has no limit of its own.
-- Locks: the account's line, then its package, then the wallet.
CREATE FUNCTION calls_open(
  p_account_id bigint, p_id uuid, p_dialog bytea, p_lease_id uuid, p_device_id uuid, p_ours text,
  p_theirs_index bytea, p_content bytea, p_destination text, p_carrier text, p_cost_id uuid,
  p_rate_id uuid, p_local boolean, p_currency text, p_tax_bp integer, p_setup bigint,
  p_minute bigint, p_minimum smallint, p_step smallint, p_free smallint, p_package_id uuid,
  p_package_s integer, p_allowed_s integer, p_held bigint, p_usual integer[],
  p_hold_until timestamptz, p_due_at timestamptz, p_now timestamptz)
RETURNS TABLE (outcome text, id uuid, detail bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_line calls_line;
  v_first uuid;
  v_stopped text;
  v_left bigint;
  v_held ledger.hold_answer;
BEGIN
  INSERT INTO calls_line (account_id, opened, second_from, second_count, hour_from, hour_micro,
                          day_from, day_micro)
  VALUES (p_account_id, '{}', p_now, 0, p_now, 0, p_now, 0) ON CONFLICT (account_id) DO NOTHING;
  SELECT * INTO v_line FROM calls_line l WHERE l.account_id = p_account_id FOR NO KEY UPDATE;

  SELECT c.id INTO v_first FROM calls_call c
   WHERE c.account_id = p_account_id AND c.dialog_index = p_dialog;
  IF FOUND THEN
    RETURN QUERY SELECT 'replayed'::text, v_first, NULL::bigint;
    RETURN;
  END IF;

  SELECT max(CASE WHEN s.lease_id IS NOT NULL THEN 'number_suspended'
                  WHEN s.reason = 'balance_blocked' THEN 'balance_blocked'
                  ELSE 'account_suspended' END)
    INTO v_stopped
    FROM standing_suspension s
   WHERE s.account_id = p_account_id AND s.lifted_at IS NULL AND s.service IN ('', 'rented')
     AND (s.lease_id IS NULL OR s.lease_id = p_lease_id);
  IF v_stopped IS NULL AND NOT EXISTS (
       SELECT FROM leases_lease l
        WHERE l.account_id = p_account_id AND l.id = p_lease_id AND l.e164 = p_ours
          AND l.state IN ('active', 'cancelled')) THEN
    v_stopped := 'number_cannot_call';
  END IF;
  IF v_stopped IS NOT NULL THEN
    RETURN QUERY SELECT v_stopped, NULL::uuid, NULL::bigint;
    RETURN;
  END IF;

  IF (SELECT count(*) FROM calls_call c
       WHERE c.account_id = p_account_id AND c.state IN ('allowed', 'talking'))
     >= coalesce(v_line.at_once_max, p_usual[1]) THEN
    RETURN QUERY SELECT 'too_many_calls'::text, NULL::uuid, NULL::bigint;
    RETURN;
  END IF;
  IF p_now >= v_line.second_from + interval '1 second' THEN
    v_line.second_from := p_now;
    v_line.second_count := 0;
  END IF;
  IF v_line.second_count >= coalesce(v_line.per_second_max, p_usual[2]) THEN
    RETURN QUERY SELECT 'calls_too_fast'::text, NULL::uuid, NULL::bigint;
    RETURN;
  END IF;
  IF p_now >= v_line.hour_from + interval '1 hour' THEN
    v_line.hour_from := p_now;
    v_line.hour_micro := 0;
  END IF;
  IF p_now >= v_line.day_from + interval '1 day' THEN
    v_line.day_from := p_now;
    v_line.day_micro := 0;
  END IF;
  v_left := least(v_line.hour_max_micro - v_line.hour_micro, v_line.day_max_micro - v_line.day_micro);
  IF p_held > v_left THEN
    RETURN QUERY SELECT 'call_spend_limit'::text, NULL::uuid, greatest(v_left, 0);
    RETURN;
  END IF;

  IF p_package_s > 0 THEN
    UPDATE calls_package k SET kept_s = k.kept_s + p_package_s
     WHERE k.account_id = p_account_id AND k.id = p_package_id AND k.local = p_local
       AND k.begins_at <= p_now AND p_now < k.ends_at
       AND k.whole_s - k.used_s - k.kept_s >= p_package_s;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'package_changed'::text, NULL::uuid, NULL::bigint;
      RETURN;
    END IF;
  END IF;
  IF p_held > 0 THEN
    v_held := ledger.authorise(p_account_id, p_id, 9::smallint, p_currency, p_held, p_id, NULL,
                               p_hold_until, p_now);
    IF v_held.outcome <> 'done' THEN
      IF p_package_s > 0 THEN
        UPDATE calls_package k SET kept_s = k.kept_s - p_package_s
         WHERE k.account_id = p_account_id AND k.id = p_package_id;
      END IF;
      RETURN QUERY SELECT v_held.outcome, NULL::uuid,
                          v_held.total - v_held.held - v_held.earmarked;
      RETURN;
    END IF;
  END IF;

  INSERT INTO calls_call (
    account_id, id, dialog_index, lease_id, device_id, e164, theirs_index, content, destination,
    state, carrier, cost_id, rate_id, local, currency, tax_bp, setup_net_micro, minute_net_micro,
    minimum_s, step_s, free_s, package_id, package_s, allowed_s, held_micro, asked_at, due_at,
    reason)
  VALUES (
    p_account_id, p_id, p_dialog, p_lease_id, p_device_id, p_ours, p_theirs_index, p_content,
    p_destination, 'allowed', p_carrier, p_cost_id, p_rate_id, p_local, p_currency, p_tax_bp,
    p_setup, p_minute, p_minimum, p_step, p_free, p_package_id, p_package_s, p_allowed_s, p_held,
    p_now, p_due_at, '');
  UPDATE calls_line l
     SET second_from = v_line.second_from, second_count = v_line.second_count + 1,
         hour_from = v_line.hour_from, hour_micro = v_line.hour_micro + p_held,
         day_from = v_line.day_from, day_micro = v_line.day_micro + p_held
   WHERE l.account_id = p_account_id;
  RETURN QUERY SELECT 'allowed'::text, p_id, NULL::bigint;
END $$;

-- Let a call go on for longer: more of its package and more money are kept, in all p_package_s and
-- p_held. Answers 'allowed', 'over' (it ended), 'call_spend_limit', 'package_changed',
-- 'insufficient' (`detail`: what it may hold in all), and those of the ledger. What is not granted
-- changes nothing. Locks: the account's line, the call, its package, the wallet.
CREATE FUNCTION calls_extend(
  p_account_id bigint, p_id uuid, p_package_s integer, p_allowed_s integer, p_held bigint,
  p_hold_until timestamptz, p_due_at timestamptz, p_now timestamptz)
RETURNS TABLE (outcome text, detail bigint)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_line calls_line;
  v_call calls_call;
  v_left bigint;
  v_more bigint;
  v_held ledger.hold_answer;
BEGIN
  SELECT * INTO v_line FROM calls_line l WHERE l.account_id = p_account_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM calls_call c WHERE c.account_id = p_account_id AND c.id = p_id
     FOR NO KEY UPDATE;
  IF NOT FOUND OR v_call.state NOT IN ('allowed', 'talking') THEN
    RETURN QUERY SELECT 'over'::text, NULL::bigint;
    RETURN;
  END IF;
  v_more := greatest(p_held - v_call.held_micro, 0);
  v_left := least(v_line.hour_max_micro - v_line.hour_micro, v_line.day_max_micro - v_line.day_micro);
  IF v_more > v_left THEN
    RETURN QUERY SELECT 'call_spend_limit'::text, v_call.held_micro + greatest(v_left, 0);
    RETURN;
  END IF;
  IF p_package_s > v_call.package_s THEN
    UPDATE calls_package k SET kept_s = k.kept_s + p_package_s - v_call.package_s
     WHERE k.account_id = p_account_id AND k.id = v_call.package_id
       AND k.whole_s - k.used_s - k.kept_s >= p_package_s - v_call.package_s;
    IF NOT FOUND THEN
      RETURN QUERY SELECT 'package_changed'::text, NULL::bigint;
      RETURN;
    END IF;
  END IF;
  IF v_more > 0 THEN
    v_held := CASE WHEN v_call.held_micro = 0
      THEN ledger.authorise(p_account_id, p_id, 9::smallint, v_call.currency, p_held, p_id, NULL,
                            p_hold_until, p_now)
      ELSE ledger.extend(p_account_id, p_id, v_call.currency, p_held, p_hold_until, p_now) END;
    IF v_held.outcome <> 'done' THEN
      IF p_package_s > v_call.package_s THEN
        UPDATE calls_package k SET kept_s = k.kept_s - p_package_s + v_call.package_s
         WHERE k.account_id = p_account_id AND k.id = v_call.package_id;
      END IF;
      RETURN QUERY SELECT v_held.outcome,
        v_call.held_micro + v_held.total - v_held.held - v_held.earmarked;
      RETURN;
    END IF;
    UPDATE calls_line l SET hour_micro = l.hour_micro + v_more, day_micro = l.day_micro + v_more
     WHERE l.account_id = p_account_id;
  END IF;
  UPDATE calls_call c
     SET package_s = greatest(c.package_s, p_package_s), held_micro = c.held_micro + v_more,
         allowed_s = greatest(c.allowed_s, p_allowed_s), due_at = greatest(c.due_at, p_due_at)
   WHERE c.account_id = p_account_id AND c.id = p_id;
  RETURN QUERY SELECT 'allowed'::text, NULL::bigint;
END $$;

-- End a call and take what it cost, once: whoever comes first. Answers whether it was this one.
-- What was kept and not used is free again; of an hour and a day that have not passed, too.
-- Locks: the account's line, the call, its package, the wallet.
CREATE FUNCTION calls_close(
  p_account_id bigint, p_id uuid, p_state text, p_answered_at timestamptz, p_ended_at timestamptz,
  p_talk_s integer, p_billed_s integer, p_covered_s integer, p_net bigint, p_tax bigint,
  p_reason text, p_now timestamptz)
RETURNS boolean
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_call calls_call;
  v_outcome text := 'done';
  v_unspent bigint;
BEGIN
  PERFORM FROM calls_line l WHERE l.account_id = p_account_id FOR NO KEY UPDATE;
  SELECT * INTO v_call FROM calls_call c WHERE c.account_id = p_account_id AND c.id = p_id
     FOR NO KEY UPDATE;
  IF NOT FOUND OR v_call.state NOT IN ('allowed', 'talking') THEN
    RETURN false;
  END IF;
  UPDATE calls_call c
     SET state = p_state, answered_at = p_answered_at, ended_at = p_ended_at, due_at = NULL,
         talk_s = p_talk_s, billed_s = p_billed_s, covered_s = p_covered_s, net_micro = p_net,
         tax_micro = p_tax, reason = p_reason
   WHERE c.account_id = p_account_id AND c.id = p_id;
  IF v_call.package_s > 0 THEN
    UPDATE calls_package k SET kept_s = k.kept_s - v_call.package_s, used_s = k.used_s + p_covered_s
     WHERE k.account_id = p_account_id AND k.id = v_call.package_id;
  END IF;
  IF p_net + p_tax > 0 THEN
    v_outcome := (ledger.settle(
      p_account_id, p_id, v_call.currency,
      CASE WHEN p_tax > 0 THEN ARRAY[1, 2]::smallint[] ELSE ARRAY[1]::smallint[] END,
      CASE WHEN p_tax > 0 THEN ARRAY[-p_net, -p_tax] ELSE ARRAY[-p_net] END, NULL, p_now)).outcome;
  ELSIF v_call.held_micro > 0 THEN
    v_outcome := (ledger.release(p_account_id, p_id, 'released', p_now)).outcome;
  END IF;
  IF v_outcome NOT IN ('done', 'replayed') THEN
    RAISE EXCEPTION 'a call is not settled: %', v_outcome;
  END IF;
  v_unspent := v_call.held_micro - p_net - p_tax;
  UPDATE calls_line l
     SET hour_micro = CASE WHEN l.hour_from <= v_call.asked_at
                           THEN greatest(l.hour_micro - v_unspent, 0) ELSE l.hour_micro END,
         day_micro = CASE WHEN l.day_from <= v_call.asked_at
                          THEN greatest(l.day_micro - v_unspent, 0) ELSE l.day_micro END
   WHERE l.account_id = p_account_id;
  RETURN true;
END $$;
