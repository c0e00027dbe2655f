-- The short ways of the verbs: what most calls are, in as few statements as it takes. A verb
-- moves the wallet in one UPDATE that also locks it and asks whether the money is there, then
-- writes its row. Where one of the two finds nothing, the wallet is put back as it was and the
-- careful way (the verb of 0001) answers: replays, refusals, promo money, earmarks, payouts,
-- refunds, more than two legs.
--
-- The row's own key notices a replay. The lock on the wallet comes first and each statement sees
-- all that was committed before it began, so a second call finds the first one's row and waits
-- for nobody else.

ALTER FUNCTION ledger.post RENAME TO post_with_care;
ALTER FUNCTION ledger.post_with_care SECURITY INVOKER;
ALTER FUNCTION ledger.post_with_care RESET search_path;
REVOKE EXECUTE ON FUNCTION ledger.post_with_care FROM nummer_app;

ALTER FUNCTION ledger.authorise RENAME TO authorise_with_care;
ALTER FUNCTION ledger.authorise_with_care SECURITY INVOKER;
ALTER FUNCTION ledger.authorise_with_care RESET search_path;
REVOKE EXECUTE ON FUNCTION ledger.authorise_with_care FROM nummer_app;

ALTER FUNCTION ledger.settle RENAME TO settle_with_care;
ALTER FUNCTION ledger.settle_with_care SECURITY INVOKER;
ALTER FUNCTION ledger.settle_with_care RESET search_path;
REVOKE EXECUTE ON FUNCTION ledger.settle_with_care FROM nummer_app;

-- As in 0001, and it refuses what the journal's checks refused.
CREATE OR REPLACE FUNCTION ledger.book(
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
  IF COALESCE(cardinality(p_amounts), 0) = 0 OR cardinality(p_amounts) <> cardinality(p_books) THEN
    RAISE EXCEPTION 'an operation has legs, each with its book' USING ERRCODE = 'check_violation';
  END IF;
  FOR n IN 1 .. cardinality(p_amounts) LOOP
    IF p_amounts[n] = 0
       OR (p_kind <> 4 AND (p_amounts[n] > 0) <> (p_kind IN (1, 3, 5, 6, 10))) THEN
      RAISE EXCEPTION 'a leg moves something, in the direction of its kind'
        USING ERRCODE = 'check_violation';
    END IF;
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

CREATE FUNCTION ledger.post(
  p_account_id bigint, p_id uuid, p_kind smallint, p_currency text, p_books smallint[],
  p_amounts bigint[], p_fund smallint, p_reference uuid, p_clause text, p_earmark uuid,
  p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  v_total bigint := p_amounts[1] + COALESCE(p_amounts[2], 0);
  v_balance bigint;
  v_promo bigint;
  v_held bigint;
  v_earmarked bigint;
  v_line bigint;
BEGIN
  IF p_fund = 1 AND p_earmark IS NULL
     AND cardinality(p_amounts) <= 2 AND cardinality(p_books) = cardinality(p_amounts)
     AND ((p_kind IN (2, 9) AND p_amounts[1] < 0 AND COALESCE(p_amounts[2] < 0, true))
          OR (p_kind IN (1, 5, 10) AND p_amounts[1] > 0 AND COALESCE(p_amounts[2] > 0, true))) THEN
    UPDATE wallet SET balance = balance + v_total, last_line = last_line + 1
     WHERE account_id = p_account_id AND currency = p_currency
       AND CASE WHEN v_total < 0 THEN promo = 0 AND balance - held - earmarked + v_total >= 0
                ELSE balance + v_total <= 100000000000000000 END
    RETURNING balance, promo, held, earmarked, last_line
         INTO v_balance, v_promo, v_held, v_earmarked, v_line;
    IF FOUND THEN
      IF cardinality(p_amounts) = 1 THEN
        INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                              balance_after, promo_after, held_after, earmarked_after,
                              reference, clause, booked_at)
        VALUES (p_account_id, p_id, 0, v_line, p_kind, p_books[1], 1, p_currency, v_total, 0,
                v_balance, v_promo, v_held, v_earmarked, p_reference, p_clause, p_now)
        ON CONFLICT (account_id, id, leg) DO NOTHING;
      ELSE
        INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                              balance_after, promo_after, held_after, earmarked_after,
                              reference, clause, booked_at)
        SELECT p_account_id, p_id, leg.leg, v_line, p_kind, leg.book, 1, p_currency, leg.amount, 0,
               leg.balance_after, v_promo, v_held, v_earmarked, p_reference, p_clause, p_now
          FROM (VALUES (0, p_books[1], p_amounts[1], v_balance - p_amounts[2]),
                       (1, p_books[2], p_amounts[2], v_balance))
               AS leg (leg, book, amount, balance_after)
         WHERE NOT EXISTS (SELECT FROM transfer WHERE account_id = p_account_id AND id = p_id);
      END IF;
      IF FOUND THEN
        RETURN ROW('done', p_currency, v_balance, v_held, v_earmarked, v_promo)::answer;
      END IF;
      UPDATE wallet SET balance = balance - v_total, last_line = last_line - 1
       WHERE account_id = p_account_id;
    END IF;
  END IF;
  RETURN post_with_care(p_account_id, p_id, p_kind, p_currency, p_books, p_amounts, p_fund,
                        p_reference, p_clause, p_earmark, p_now);
END $$;

CREATE FUNCTION ledger.authorise(
  p_account_id bigint, p_id uuid, p_kind smallint, p_currency text, p_amount bigint,
  p_reference uuid, p_earmark uuid, p_expires_at timestamptz, p_now timestamptz)
RETURNS ledger.hold_answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  v_balance bigint;
  v_promo bigint;
  v_held bigint;
  v_earmarked bigint;
BEGIN
  IF (p_kind IN (2, 8, 9) AND p_amount BETWEEN 1 AND 10000000000000000) IS NOT TRUE THEN
    RAISE EXCEPTION 'a hold asks for something, to spend it' USING ERRCODE = 'check_violation';
  END IF;
  IF p_kind <> 8 AND p_earmark IS NULL THEN
    UPDATE wallet SET held = held + p_amount
     WHERE account_id = p_account_id AND currency = p_currency
       AND balance - held - earmarked >= p_amount
    RETURNING balance, promo, held, earmarked INTO v_balance, v_promo, v_held, v_earmarked;
    IF FOUND THEN
      INSERT INTO hold (account_id, id, kind, reference, asked, amount, opened_at, expires_at)
      SELECT p_account_id, p_id, p_kind, p_reference, p_amount, p_amount, p_now, p_expires_at
       WHERE NOT EXISTS (SELECT FROM transfer WHERE account_id = p_account_id AND id = p_id)
      ON CONFLICT (account_id, id) DO NOTHING;
      IF FOUND THEN
        RETURN ROW('done', p_currency, v_balance, v_held, v_earmarked, v_promo,
                   p_amount, 0, 'open', p_expires_at)::hold_answer;
      END IF;
      UPDATE wallet SET held = held - p_amount WHERE account_id = p_account_id;
    END IF;
  END IF;
  RETURN authorise_with_care(p_account_id, p_id, p_kind, p_currency, p_amount, p_reference,
                             p_earmark, p_expires_at, p_now);
END $$;

-- The hold is read before the wallet's lock is held, so it is asked again with it.
CREATE FUNCTION ledger.settle(
  p_account_id bigint, p_id uuid, p_currency text, p_books smallint[], p_amounts bigint[],
  p_clause text, p_now timestamptz)
RETURNS ledger.answer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
DECLARE
  v_total bigint := p_amounts[1];
  v_unheld bigint;
  v_kind smallint;
  v_reference uuid;
  v_balance bigint;
  v_held bigint;
  v_earmarked bigint;
  v_line bigint;
BEGIN
  IF v_total < 0 AND cardinality(p_amounts) = 1 AND cardinality(p_books) = 1 THEN
    UPDATE wallet AS w SET held = w.held - h.amount, balance = w.balance + v_total,
                           last_line = w.last_line + 1
      FROM hold AS h
     WHERE h.account_id = p_account_id AND h.id = p_id AND h.state = 'open' AND h.kind <> 8
       AND w.account_id = p_account_id AND w.currency = p_currency AND w.promo = 0
       AND h.amount BETWEEN -v_total AND w.held
    RETURNING h.amount, h.kind, h.reference, w.balance, w.held, w.earmarked, w.last_line
         INTO v_unheld, v_kind, v_reference, v_balance, v_held, v_earmarked, v_line;
    IF FOUND THEN
      UPDATE hold SET state = 'captured', captured = -v_total, closed_at = p_now
       WHERE account_id = p_account_id AND id = p_id AND state = 'open' AND amount = v_unheld;
      IF FOUND THEN
        INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                              balance_after, promo_after, held_after, earmarked_after,
                              reference, clause, booked_at)
        VALUES (p_account_id, p_id, 0, v_line, v_kind, p_books[1], 1, p_currency, v_total, 0,
                v_balance, 0, v_held, v_earmarked, v_reference, p_clause, p_now)
        ON CONFLICT (account_id, id, leg) DO NOTHING;
        IF FOUND THEN
          RETURN ROW('done', p_currency, v_balance, v_held, v_earmarked, 0)::answer;
        END IF;
        UPDATE hold SET state = 'open', captured = 0, closed_at = NULL
         WHERE account_id = p_account_id AND id = p_id;
      END IF;
      UPDATE wallet SET held = held + v_unheld, balance = balance - v_total,
                        last_line = last_line - 1
       WHERE account_id = p_account_id;
    END IF;
  END IF;
  RETURN settle_with_care(p_account_id, p_id, p_currency, p_books, p_amounts, p_clause, p_now);
END $$;

-- As in 0001 (each posting is done, replayed or refused by itself, in the order given), written
-- in one pass: what is simple is decided and booked by one statement.
CREATE OR REPLACE FUNCTION ledger.post_many(
  p_account_ids bigint[], p_ids uuid[], p_kinds smallint[], p_currencies text[],
  p_funds smallint[], p_references uuid[], p_clauses text[],
  p_posting_of_leg int[], p_books smallint[], p_amounts bigint[], p_now timestamptz)
RETURNS TABLE (posting int, outcome text, currency text, total bigint, held bigint,
               earmarked bigint, promo bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = ledger, pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  v_row record;
  v_answer ledger.answer;
  v_booked boolean[] := array_fill(false, ARRAY[cardinality(p_ids)]);
BEGIN
  -- One lock order for everybody: batches never wait for one another in a circle.
  PERFORM 1 FROM wallet WHERE account_id = ANY (p_account_ids)
    ORDER BY account_id FOR NO KEY UPDATE;

  FOR v_row IN
    WITH leg AS (
      SELECT l.posting, l.book, l.amount, l.n,
             l.n - min(l.n) OVER one_posting AS leg, max(l.n) OVER one_posting = l.n AS is_last
        FROM unnest(p_posting_of_leg, p_books, p_amounts) WITH ORDINALITY
               AS l (posting, book, amount, n)
      WINDOW one_posting AS (PARTITION BY l.posting)),
    run AS (
      SELECT w.account_id, w.currency, w.held, w.earmarked, w.promo, w.balance, w.last_line,
             p.id, p.kind, p.reference, p.clause, p.posting,
             leg.book, leg.amount, leg.n, leg.leg, leg.is_last,
             (sum(leg.amount) OVER one_wallet)::bigint AS moved,
             count(*) FILTER (WHERE leg.leg = 0) OVER one_wallet AS place,
             w.currency = p.currency AND p.fund = 1
               AND (leg.amount > 0) = (p.kind IN (1, 5, 6, 10)) AND p.kind NOT IN (3, 4, 8)
               AND min(p.posting) OVER (PARTITION BY w.account_id, p.id) = p.posting
               AND known.id IS NULL AS is_plain
        FROM leg
        JOIN unnest(p_account_ids, p_ids, p_kinds, p_currencies, p_funds, p_references, p_clauses)
               WITH ORDINALITY
               AS p (account_id, id, kind, currency, fund, reference, clause, posting)
          ON p.posting = leg.posting
        JOIN wallet w ON w.account_id = p.account_id
        LEFT JOIN LATERAL (SELECT t.id FROM transfer t
                            WHERE t.account_id = w.account_id AND t.id = p.id LIMIT 1) known
          ON true
      WINDOW one_wallet AS (PARTITION BY w.account_id ORDER BY leg.n)),
    judged AS (
      SELECT run.*,
             bool_and(run.is_plain AND run.balance + run.moved <= 100000000000000000
                      AND run.balance + run.moved >= run.held + run.earmarked) OVER one_wallet
             AND (run.promo = 0 OR bool_and(run.amount < 0) OVER one_wallet
                  OR bool_and(run.amount > 0) OVER one_wallet) AS is_simple
        FROM run
      WINDOW one_wallet AS (PARTITION BY run.account_id)),
    booked AS (
      SELECT judged.account_id, judged.id, judged.kind, judged.reference, judged.clause,
             judged.posting, judged.book, judged.amount, judged.n, judged.leg, judged.is_last,
             judged.currency, judged.held, judged.earmarked,
             judged.last_line + judged.place AS line, judged.balance + judged.moved AS balance_after,
             judged.promo - GREATEST(0, LEAST(judged.promo, -judged.moved)) AS promo_after,
             judged.promo - GREATEST(0, LEAST(judged.promo, judged.amount - judged.moved))
               AS promo_before
        FROM judged WHERE judged.is_simple),
    written AS (
      INSERT INTO transfer (account_id, id, leg, line, kind, book, fund, currency, amount, promo,
                            balance_after, promo_after, held_after, earmarked_after,
                            reference, clause, booked_at)
      SELECT b.account_id, b.id, b.leg, b.line, b.kind, b.book, 1, b.currency, b.amount,
             b.promo_after - b.promo_before, b.balance_after, b.promo_after, b.held, b.earmarked,
             b.reference, b.clause, p_now
        FROM booked b ORDER BY b.n),
    moved AS (
      UPDATE wallet w SET balance = last.balance_after, promo = last.promo_after,
                          last_line = last.line
        FROM (SELECT DISTINCT ON (b.account_id) b.account_id, b.balance_after, b.promo_after,
                     b.line
                FROM booked b ORDER BY b.account_id, b.n DESC) AS last
       WHERE w.account_id = last.account_id)
    SELECT b.posting::int, b.currency, b.balance_after, b.held, b.earmarked, b.promo_after
      FROM booked b WHERE b.is_last
  LOOP
    v_booked[v_row.posting] := true;
    posting := v_row.posting;
    outcome := 'done';
    currency := v_row.currency;
    total := v_row.balance_after;
    held := v_row.held;
    earmarked := v_row.earmarked;
    promo := v_row.promo_after;
    RETURN NEXT;
  END LOOP;

  FOR v_posting IN 1 .. cardinality(p_ids) LOOP
    CONTINUE WHEN v_booked[v_posting];
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

REVOKE ALL ON FUNCTION ledger.post, ledger.authorise, ledger.settle FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger.post, ledger.authorise, ledger.settle TO nummer_app;
