-- The ledger's verbs. Each is one call for one customer (post_many is the named exception), locks
-- the customer's wallet first and nothing of the operator, and answers with an outcome instead
-- of raising, so a refusal leaves the caller's transaction as it was. Other functions may call
-- them: names, arguments and answers are stable (docs/develop/ledger.md).
--
-- Outcomes: 'done', 'replayed' (same key, same content: the first answer again), and refusals:
-- 'conflict', 'no_wallet', 'wrong_currency', 'insufficient', 'over_limit', 'no_earmark',
-- 'above_charge', 'no_transfer', 'already_reversed', 'not_reversible',
-- 'no_hold', 'hold_closed', 'above_hold'.
-- The functions without a path of their own are parts of the verbs and run under theirs.
-- Kinds and books are the codes of ledger.kind and ledger.book; funds: 1 spendable, 2 promo.

CREATE TYPE ledger.answer AS (
  outcome text, currency text,
  total bigint, held bigint, earmarked bigint, promo bigint
);
CREATE TYPE ledger.hold_answer AS (
  outcome text, currency text,
  total bigint, held bigint, earmarked bigint, promo bigint,
  hold_amount bigint, hold_captured bigint, hold_state text, hold_expires_at timestamptz
);

CREATE FUNCTION ledger.refused(p_outcome text, w ledger.wallet) RETURNS ledger.answer
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(p_outcome, (w).currency, (w).balance, (w).held, (w).earmarked, (w).promo)
         ::ledger.answer;
$$;

CREATE FUNCTION ledger.open_wallet(p_account_id bigint, p_currency text, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  v_new boolean;
BEGIN
  IF p_currency !~ '^[A-Z]{3}$' THEN
    RAISE EXCEPTION 'a currency has three letters' USING ERRCODE = 'check_violation';
  END IF;
  INSERT INTO wallet (account_id, currency, opened_at) VALUES (p_account_id, p_currency, p_now)
    ON CONFLICT (account_id) DO NOTHING;
  v_new := FOUND;
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id;
  IF w.currency <> p_currency THEN RETURN refused('wrong_currency', w); END IF;
  RETURN refused(CASE WHEN v_new THEN 'done' ELSE 'replayed' END, w);
END $$;

-- The first answer to (account, id) where the content is the same, else 'conflict'.
CREATE FUNCTION ledger.first_answer(
  p_account_id bigint, p_id uuid, p_kind smallint, p_books smallint[], p_amounts bigint[],
  p_fund smallint, p_reference uuid, p_clause text, p_reverses uuid)
RETURNS ledger.answer
LANGUAGE plpgsql AS $$
DECLARE
  v_same boolean;
  v_answer ledger.answer;
BEGIN
  SELECT array_agg(t.book ORDER BY t.leg) = p_books
         AND array_agg(t.amount ORDER BY t.leg) = p_amounts
         AND bool_and(t.kind = p_kind AND t.fund = p_fund AND t.reference = p_reference
                      AND t.clause IS NOT DISTINCT FROM p_clause
                      AND t.reverses IS NOT DISTINCT FROM p_reverses)
    INTO v_same
    FROM transfer t WHERE t.account_id = p_account_id AND t.id = p_id;
  SELECT 'replayed', t.currency, t.balance_after, t.held_after, t.earmarked_after, t.promo_after
    INTO v_answer
    FROM transfer t WHERE t.account_id = p_account_id AND t.id = p_id
   ORDER BY t.leg DESC LIMIT 1;
  IF NOT v_same THEN
    v_answer.outcome := 'conflict';
  END IF;
  RETURN v_answer;
END $$;

-- Writes a checked movement: `w` is the locked wallet as read, `p_promo` the part of the total
-- that is promo money, `p_unheld` and `p_unearmarked` what stops being reserved with it.
-- The promo part fills the legs in their order.
CREATE FUNCTION ledger.book(
  w ledger.wallet, p_id uuid, p_kind smallint, p_books smallint[], p_amounts bigint[],
  p_fund smallint, p_promo bigint, p_unheld bigint, p_unearmarked bigint,
  p_reference uuid, p_clause text, p_reverses uuid, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql AS $$
DECLARE
  v_balance bigint := w.balance;
  v_promo bigint := w.promo;
  v_promo_left bigint := p_promo;
  v_part bigint;
  v_held bigint := w.held - p_unheld;
  v_earmarked bigint := w.earmarked - p_unearmarked;
BEGIN
  FOR n IN 1 .. cardinality(p_amounts) LOOP
    v_part := CASE WHEN p_amounts[n] < 0 THEN GREATEST(p_amounts[n], v_promo_left)
                   ELSE LEAST(p_amounts[n], v_promo_left) END;
    v_promo_left := v_promo_left - v_part;
    v_balance := v_balance + p_amounts[n];
    v_promo := v_promo + v_part;
    INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                          balance_after, promo_after, held_after, earmarked_after,
                          reference, reverses, clause, booked_at)
    VALUES (w.account_id, p_id, n - 1, w.last_line + 1, p_kind, p_books[n], p_fund, w.currency,
            p_amounts[n], v_part, v_balance, v_promo, v_held, v_earmarked,
            p_reference, p_reverses, p_clause, p_now);
  END LOOP;
  UPDATE wallet SET balance = v_balance, promo = v_promo, held = v_held,
                    earmarked = v_earmarked, last_line = w.last_line + 1
   WHERE account_id = w.account_id;
  RETURN ROW('done', w.currency, v_balance, v_held, v_earmarked, v_promo)::ledger.answer;
END $$;

-- Whether payouts that are under way stay covered by money that is not promo.
CREATE FUNCTION ledger.payouts_stay_covered(p_account_id bigint, p_cash bigint)
RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT p_cash >= COALESCE(sum(h.amount), 0) FROM ledger.hold h
   WHERE h.account_id = p_account_id AND h.state = 'open' AND h.kind = 8;
$$;

-- Move money once. A debit takes promo money first; a payout takes none. A refund goes back to
-- where its reference was paid from, promo first, and never above what was paid. All legs have
-- one direction. `p_earmark` lets a debit use that earmark; what it uses is gone from it.
CREATE FUNCTION ledger.post(
  p_account_id bigint, p_id uuid, p_kind smallint, p_currency text, p_books smallint[],
  p_amounts bigint[], p_fund smallint, p_reference uuid, p_clause text, p_earmark uuid,
  p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  v_total bigint := 0;
  v_promo bigint := 0;
  v_marked bigint := 0;
  v_paid bigint;
  v_paid_promo bigint;
  v_amount bigint;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refused('no_wallet', w); END IF;
  IF w.currency <> p_currency THEN RETURN refused('wrong_currency', w); END IF;
  PERFORM 1 FROM transfer WHERE account_id = p_account_id AND id = p_id LIMIT 1;
  IF FOUND THEN
    RETURN first_answer(p_account_id, p_id, p_kind, p_books, p_amounts, p_fund, p_reference,
                        p_clause, NULL);
  END IF;
  FOREACH v_amount IN ARRAY p_amounts LOOP v_total := v_total + v_amount; END LOOP;

  IF v_total < 0 THEN
    IF p_fund = 2 THEN
      v_promo := v_total;
      IF w.promo + v_total < 0 THEN RETURN refused('insufficient', w); END IF;
    ELSIF p_kind <> 8 THEN
      v_promo := -LEAST(w.promo, -v_total);
    END IF;
    IF p_earmark IS NOT NULL THEN
      SELECT LEAST(amount, -v_total) INTO v_marked FROM earmark
       WHERE account_id = p_account_id AND id = p_earmark;
      IF NOT FOUND THEN RETURN refused('no_earmark', w); END IF;
    END IF;
    IF w.balance - w.held - w.earmarked + v_marked + v_total < 0 THEN
      RETURN refused('insufficient', w);
    END IF;
    IF v_promo > v_total AND w.promo + v_promo > 0
       AND NOT payouts_stay_covered(p_account_id, w.balance - w.promo + v_total - v_promo) THEN
      RETURN refused('insufficient', w);
    END IF;
    IF v_marked > 0 THEN
      UPDATE earmark SET amount = amount - v_marked, changed_at = p_now
       WHERE account_id = p_account_id AND id = p_earmark;
    END IF;
  ELSE
    IF w.balance + v_total > 100000000000000000 THEN RETURN refused('over_limit', w); END IF;
    IF p_fund = 2 THEN
      v_promo := v_total;
    ELSIF p_kind = 3 THEN
      SELECT amount, promo INTO v_paid, v_paid_promo FROM charge
       WHERE account_id = p_account_id AND reference = p_reference;
      IF v_total > COALESCE(v_paid, 0) THEN RETURN refused('above_charge', w); END IF;
      v_promo := GREATEST(0, LEAST(v_total, v_paid_promo));
    END IF;
  END IF;
  RETURN book(w, p_id, p_kind, p_books, p_amounts, p_fund, v_promo, 0, v_marked,
              p_reference, p_clause, NULL, p_now);
END $$;

-- Put back exactly what `p_of` moved, leg by leg; once.
CREATE FUNCTION ledger.reverse(
  p_account_id bigint, p_id uuid, p_of uuid, p_clause text, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  v_kind smallint;
  v_fund smallint;
  v_reference uuid;
  v_books smallint[];
  v_amounts bigint[];
  v_total bigint;
  v_promo bigint;
  v_by uuid;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refused('no_wallet', w); END IF;
  SELECT array_agg(book ORDER BY leg), array_agg(-amount ORDER BY leg), -sum(amount), -sum(promo),
         min(kind), min(fund)
    INTO v_books, v_amounts, v_total, v_promo, v_kind, v_fund
    FROM transfer WHERE account_id = p_account_id AND id = p_of;
  IF v_books IS NULL THEN RETURN refused('no_transfer', w); END IF;
  SELECT reference INTO v_reference FROM transfer
   WHERE account_id = p_account_id AND id = p_of AND leg = 0;
  PERFORM 1 FROM transfer WHERE account_id = p_account_id AND id = p_id LIMIT 1;
  IF FOUND THEN
    RETURN first_answer(p_account_id, p_id, 4::smallint, v_books, v_amounts, v_fund, v_reference,
                        p_clause, p_of);
  END IF;
  IF v_kind = 4 THEN RETURN refused('not_reversible', w); END IF;
  SELECT id INTO v_by FROM transfer
   WHERE account_id = p_account_id AND reverses = p_of AND leg = 0;
  IF FOUND THEN RETURN refused('already_reversed', w); END IF;

  IF v_total < 0 THEN
    IF w.balance - w.held - w.earmarked + v_total < 0 OR w.promo + v_promo < 0
       OR w.balance + v_total < w.promo + v_promo
       OR (v_promo > v_total AND w.promo + v_promo > 0
           AND NOT payouts_stay_covered(p_account_id,
                                        w.balance - w.promo + v_total - v_promo)) THEN
      RETURN refused('insufficient', w);
    END IF;
  ELSE
    -- What was refunded of it already is back; putting back all of it would give it twice.
    IF v_total > COALESCE((SELECT amount FROM charge WHERE account_id = p_account_id
                              AND reference = v_reference), 0) THEN
      RETURN refused('above_charge', w);
    END IF;
    IF w.balance + v_total > 100000000000000000 THEN RETURN refused('over_limit', w); END IF;
  END IF;
  RETURN book(w, p_id, 4::smallint, v_books, v_amounts, v_fund, v_promo, 0, 0,
              v_reference, p_clause, p_of, p_now);
END $$;

CREATE FUNCTION ledger.hold_answered(p_outcome text, w ledger.wallet, h ledger.hold)
RETURNS ledger.hold_answer
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(p_outcome, (w).currency, (w).balance, (w).held, (w).earmarked, (w).promo,
             (h).amount, (h).captured, (h).state, (h).expires_at)::ledger.hold_answer;
$$;

-- Set money aside. A hold reserves an amount, no particular lot; a payout's hold needs money
-- that is not promo. Repeating it answers with the hold as it stands.
CREATE FUNCTION ledger.authorise(
  p_account_id bigint, p_id uuid, p_kind smallint, p_currency text, p_amount bigint,
  p_reference uuid, p_earmark uuid, p_expires_at timestamptz, p_now timestamptz)
RETURNS ledger.hold_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  h hold;
  v_marked bigint := 0;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN hold_answered('no_wallet', w, h); END IF;
  IF w.currency <> p_currency THEN RETURN hold_answered('wrong_currency', w, h); END IF;
  SELECT * INTO h FROM hold WHERE account_id = p_account_id AND id = p_id;
  IF FOUND THEN
    RETURN hold_answered(
      CASE WHEN h.asked = p_amount AND h.kind = p_kind AND h.reference = p_reference
           THEN 'replayed' ELSE 'conflict' END, w, h);
  END IF;
  PERFORM 1 FROM transfer WHERE account_id = p_account_id AND id = p_id LIMIT 1;
  IF FOUND THEN RETURN hold_answered('conflict', w, h); END IF;
  IF p_earmark IS NOT NULL THEN
    SELECT LEAST(amount, p_amount) INTO v_marked FROM earmark
     WHERE account_id = p_account_id AND id = p_earmark;
    IF NOT FOUND THEN RETURN hold_answered('no_earmark', w, h); END IF;
  END IF;
  IF w.balance - w.held - w.earmarked + v_marked < p_amount
     OR (p_kind = 8 AND NOT payouts_stay_covered(p_account_id,
                                                 w.balance - w.promo - p_amount)) THEN
    RETURN hold_answered('insufficient', w, h);
  END IF;
  IF v_marked > 0 THEN
    UPDATE earmark SET amount = amount - v_marked, changed_at = p_now
     WHERE account_id = p_account_id AND id = p_earmark;
  END IF;
  INSERT INTO hold (account_id, id, kind, reference, asked, amount, opened_at, expires_at)
  VALUES (p_account_id, p_id, p_kind, p_reference, p_amount, p_amount, p_now, p_expires_at)
  RETURNING * INTO h;
  UPDATE wallet SET held = held + p_amount, earmarked = earmarked - v_marked
   WHERE account_id = p_account_id RETURNING * INTO w;
  RETURN hold_answered('done', w, h);
END $$;

-- Raise an open hold to `p_amount` in all and to a later end; lower or earlier changes nothing,
-- so repeating it is harmless.
CREATE FUNCTION ledger.extend(
  p_account_id bigint, p_id uuid, p_currency text, p_amount bigint, p_expires_at timestamptz,
  p_now timestamptz)
RETURNS ledger.hold_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  h hold;
  v_more bigint;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN hold_answered('no_wallet', w, h); END IF;
  IF w.currency <> p_currency THEN RETURN hold_answered('wrong_currency', w, h); END IF;
  SELECT * INTO h FROM hold WHERE account_id = p_account_id AND id = p_id;
  IF NOT FOUND THEN RETURN hold_answered('no_hold', w, h); END IF;
  IF h.state <> 'open' THEN RETURN hold_answered('hold_closed', w, h); END IF;
  v_more := GREATEST(p_amount - h.amount, 0);
  IF w.balance - w.held - w.earmarked < v_more
     OR (h.kind = 8 AND v_more > 0
         AND NOT payouts_stay_covered(p_account_id, w.balance - w.promo - v_more)) THEN
    RETURN hold_answered('insufficient', w, h);
  END IF;
  UPDATE hold SET amount = amount + v_more, expires_at = GREATEST(expires_at, p_expires_at)
   WHERE account_id = p_account_id AND id = p_id RETURNING * INTO h;
  IF v_more > 0 THEN
    UPDATE wallet SET held = held + v_more WHERE account_id = p_account_id RETURNING * INTO w;
  END IF;
  RETURN hold_answered('done', w, h);
END $$;

-- Capture part or all of a hold as a transfer with the hold's id; the rest is free again.
-- A hold that ran out but was not yet released can still be captured: its money is there.
CREATE FUNCTION ledger.settle(
  p_account_id bigint, p_id uuid, p_currency text, p_books smallint[], p_amounts bigint[],
  p_clause text, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  h hold;
  v_total bigint := 0;
  v_promo bigint := 0;
  v_amount bigint;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refused('no_wallet', w); END IF;
  IF w.currency <> p_currency THEN RETURN refused('wrong_currency', w); END IF;
  SELECT * INTO h FROM hold WHERE account_id = p_account_id AND id = p_id;
  IF NOT FOUND THEN RETURN refused('no_hold', w); END IF;
  PERFORM 1 FROM transfer WHERE account_id = p_account_id AND id = p_id LIMIT 1;
  IF FOUND THEN
    IF h.state <> 'captured' THEN RETURN refused('conflict', w); END IF;
    RETURN first_answer(p_account_id, p_id, h.kind, p_books, p_amounts, 1::smallint,
                        h.reference, p_clause, NULL);
  END IF;
  IF h.state <> 'open' THEN RETURN refused('hold_closed', w); END IF;
  FOREACH v_amount IN ARRAY p_amounts LOOP v_total := v_total + v_amount; END LOOP;
  IF -v_total > h.amount THEN RETURN refused('above_hold', w); END IF;
  IF h.kind <> 8 THEN v_promo := -LEAST(w.promo, -v_total); END IF;
  UPDATE hold SET state = 'captured', captured = -v_total, closed_at = p_now
   WHERE account_id = p_account_id AND id = p_id;
  RETURN book(w, p_id, h.kind, p_books, p_amounts, 1::smallint, v_promo, h.amount, 0,
              h.reference, p_clause, NULL, p_now);
END $$;

-- Give a hold's money free without capturing; `p_state` says why: 'released' or 'expired'.
CREATE FUNCTION ledger.release(
  p_account_id bigint, p_id uuid, p_state text, p_now timestamptz)
RETURNS ledger.hold_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  h hold;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN hold_answered('no_wallet', w, h); END IF;
  SELECT * INTO h FROM hold WHERE account_id = p_account_id AND id = p_id;
  IF NOT FOUND THEN RETURN hold_answered('no_hold', w, h); END IF;
  IF h.state = 'captured' THEN RETURN hold_answered('hold_closed', w, h); END IF;
  IF h.state <> 'open' THEN RETURN hold_answered('replayed', w, h); END IF;
  IF p_state = 'expired' AND h.expires_at > p_now THEN
    RETURN hold_answered('replayed', w, h);  -- it was extended meanwhile
  END IF;
  UPDATE hold SET state = p_state, closed_at = p_now
   WHERE account_id = p_account_id AND id = p_id RETURNING * INTO h;
  UPDATE wallet SET held = held - h.amount WHERE account_id = p_account_id RETURNING * INTO w;
  RETURN hold_answered('done', w, h);
END $$;

-- Keep `p_amount` in all for one purpose; 0 gives it free.
CREATE FUNCTION ledger.earmark(
  p_account_id bigint, p_id uuid, p_currency text, p_amount bigint, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  w wallet;
  v_before bigint;
BEGIN
  SELECT * INTO w FROM wallet WHERE account_id = p_account_id FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN refused('no_wallet', w); END IF;
  IF w.currency <> p_currency THEN RETURN refused('wrong_currency', w); END IF;
  v_before := COALESCE((SELECT amount FROM earmark
                         WHERE account_id = p_account_id AND id = p_id), 0);
  IF w.balance - w.held - w.earmarked + v_before < p_amount THEN
    RETURN refused('insufficient', w);
  END IF;
  INSERT INTO earmark (account_id, id, amount, changed_at)
  VALUES (p_account_id, p_id, p_amount, p_now)
  ON CONFLICT (account_id, id) DO UPDATE SET amount = p_amount, changed_at = p_now;
  UPDATE wallet SET earmarked = earmarked - v_before + p_amount
   WHERE account_id = p_account_id RETURNING * INTO w;
  RETURN refused('done', w);
END $$;

-- Many postings in one call; each is done, replayed or refused by itself, in the order given.
-- Legs come flat: `p_posting_of_leg` is the posting's place from 1, legs of one posting adjacent.
-- A wallet whose whole run is simple (new ids, enough money, no refund or payout, one direction
-- or no promo money) is written set-wise; every other posting goes through post, one at a time.
CREATE FUNCTION ledger.post_many(
  p_account_ids bigint[], p_ids uuid[], p_kinds smallint[], p_currencies text[],
  p_funds smallint[], p_references uuid[], p_clauses text[],
  p_posting_of_leg int[], p_books smallint[], p_amounts bigint[], p_now timestamptz)
RETURNS TABLE (posting int, outcome text, currency text, total bigint, held bigint,
               earmarked bigint, promo bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_simple bigint[];
  v_posting int;
  v_answer ledger.answer;
BEGIN
  -- One lock order for everybody: batches never wait for one another in a circle.
  PERFORM 1 FROM wallet WHERE account_id = ANY (p_account_ids)
    ORDER BY account_id FOR NO KEY UPDATE;

  SELECT COALESCE(array_agg(simple.account_id), '{}') INTO v_simple FROM (
    SELECT run.account_id FROM (
      SELECT w.account_id, w.currency AS wallet_currency, w.promo, l.amount, l.posting,
             w.balance - w.held - w.earmarked + sum(l.amount) OVER one_wallet AS free_after,
             w.balance + sum(l.amount) OVER one_wallet AS balance_after
        FROM unnest(p_posting_of_leg, p_amounts) WITH ORDINALITY AS l (posting, amount, n)
        JOIN wallet w ON w.account_id = p_account_ids[l.posting]
      WINDOW one_wallet AS (PARTITION BY w.account_id ORDER BY l.n)) AS run
     GROUP BY run.account_id
    HAVING bool_and(run.wallet_currency = p_currencies[run.posting]
                    AND p_kinds[run.posting] NOT IN (3, 4, 8) AND p_funds[run.posting] = 1)
       AND count(DISTINCT p_ids[run.posting]) = count(DISTINCT run.posting)
       AND (max(run.promo) = 0 OR bool_and(run.amount < 0) OR bool_and(run.amount > 0))
       AND min(run.free_after) >= 0 AND max(run.balance_after) <= 100000000000000000
    ) AS simple
   WHERE NOT EXISTS (
     SELECT FROM unnest(p_account_ids, p_ids) AS r (account_id, id)
       JOIN transfer t ON t.account_id = r.account_id AND t.id = r.id
      WHERE r.account_id = simple.account_id);

  RETURN QUERY
  WITH run AS (
    SELECT w.account_id, w.currency, w.held, w.earmarked, l.posting, l.book, l.amount, l.n,
           row_number() OVER (PARTITION BY l.posting ORDER BY l.n) - 1 AS leg,
           row_number() OVER (PARTITION BY l.posting ORDER BY l.n DESC) = 1 AS last_leg,
           w.last_line + dense_rank() OVER (PARTITION BY w.account_id ORDER BY l.posting) AS line,
           (w.balance + sum(l.amount) OVER one_wallet)::bigint AS balance_after,
           w.promo - GREATEST(0, LEAST(w.promo, -sum(l.amount) OVER one_wallet))::bigint
             AS promo_after,
           w.promo - GREATEST(0, LEAST(w.promo, l.amount - sum(l.amount) OVER one_wallet))::bigint
             AS promo_before
      FROM unnest(p_posting_of_leg, p_books, p_amounts) WITH ORDINALITY
             AS l (posting, book, amount, n)
      JOIN wallet w ON w.account_id = p_account_ids[l.posting]
     WHERE w.account_id = ANY (v_simple)
    WINDOW one_wallet AS (PARTITION BY w.account_id ORDER BY l.n)),
  written AS (
    INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                          balance_after, promo_after, held_after, earmarked_after,
                          reference, clause, booked_at)
    SELECT run.account_id, p_ids[run.posting], run.leg, run.line, p_kinds[run.posting], run.book,
           1, run.currency, run.amount, run.promo_after - run.promo_before,
           run.balance_after, run.promo_after, run.held, run.earmarked,
           p_references[run.posting], p_clauses[run.posting], p_now
      FROM run ORDER BY run.n),
  moved AS (
    UPDATE wallet w SET balance = last.balance_after, promo = last.promo_after,
                        last_line = last.line
      FROM (SELECT DISTINCT ON (run.account_id) run.account_id, run.balance_after,
                   run.promo_after, run.line
              FROM run ORDER BY run.account_id, run.n DESC) AS last
     WHERE w.account_id = last.account_id)
  SELECT run.posting, 'done', run.currency, run.balance_after, run.held, run.earmarked,
         run.promo_after
    FROM run WHERE run.last_leg;

  FOR v_posting IN 1 .. cardinality(p_ids) LOOP
    CONTINUE WHEN p_account_ids[v_posting] = ANY (v_simple);
    v_answer := ledger.post(
      p_account_ids[v_posting], p_ids[v_posting], p_kinds[v_posting], p_currencies[v_posting],
      (SELECT array_agg(l.book ORDER BY l.n) FROM unnest(p_posting_of_leg, p_books)
         WITH ORDINALITY AS l (posting, book, n) WHERE l.posting = v_posting),
      (SELECT array_agg(l.amount ORDER BY l.n) FROM unnest(p_posting_of_leg, p_amounts)
         WITH ORDINALITY AS l (posting, amount, n) WHERE l.posting = v_posting),
      p_funds[v_posting], p_references[v_posting], p_clauses[v_posting], NULL, p_now);
    RETURN QUERY SELECT v_posting, v_answer.outcome, v_answer.currency, v_answer.total,
                        v_answer.held, v_answer.earmarked, v_answer.promo;
  END LOOP;
END $$;

-- Add what was booked since the last time to the operator's books, up to the oldest transaction
-- still running; returns how many transfers. Later transactions wait for the next time, so none
-- is missed and none counted twice, however long it was open.
CREATE FUNCTION ledger.rollup(p_now timestamptz)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  v_from bigint;
  v_until bigint;
  v_count bigint;
BEGIN
  SELECT first_uncounted_tx INTO v_from FROM rollup_mark FOR UPDATE;
  -- Every transaction below v_until has ended, so the next statement sees all it wrote.
  v_until := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
  IF v_until < v_from THEN
    RAISE EXCEPTION 'the roll-up has counted transactions this server has not had; it was '
      'restored from a dump into a new server: see "After a restore" in docs/develop/ledger.md';
  END IF;
  WITH part AS (
    SELECT t.book, t.currency, -sum(t.amount) AS amount, count(*) AS transfers
      FROM transfer t WHERE t.tx >= v_from AND t.tx < v_until
     GROUP BY t.book, t.currency),
  added AS (
    INSERT INTO book_balance AS b (book, currency, amount, transfers)
    SELECT part.book, part.currency, part.amount, part.transfers FROM part
    ON CONFLICT (book, currency) DO UPDATE
      SET amount = b.amount + excluded.amount, transfers = b.transfers + excluded.transfers)
  SELECT COALESCE(sum(part.transfers), 0) INTO v_count FROM part;
  UPDATE rollup_mark SET first_uncounted_tx = v_until, rolled_at = p_now;
  RETURN v_count;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO nummer_app;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO nummer_app;
GRANT EXECUTE ON FUNCTION
  ledger.open_wallet, ledger.post, ledger.post_many, ledger.reverse, ledger.authorise,
  ledger.extend, ledger.settle, ledger.release, ledger.earmark, ledger.rollup
TO nummer_app;
