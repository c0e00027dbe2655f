-- What the journal moved on each day, by kind and currency: written by the roll-up, so that no page
-- has to add up a journal (ADR 425). A reversal counts as what it takes back.

CREATE TABLE ledger.day_total (
  day date NOT NULL,
  kind smallint NOT NULL,
  currency text NOT NULL,
  amount numeric NOT NULL,
  transfers bigint NOT NULL,
  PRIMARY KEY (day, kind, currency)
);

INSERT INTO ledger.day_total (day, kind, currency, amount, transfers)
SELECT (t.booked_at AT TIME ZONE 'UTC')::date, COALESCE(r.kind, t.kind), t.currency,
       sum(t.amount), count(*)
  FROM ledger.transfer t
  LEFT JOIN ledger.transfer r
    ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
 WHERE t.tx < (SELECT first_uncounted_tx FROM ledger.rollup_mark)
 GROUP BY 1, 2, 3;

-- Rolled up plus the tail: exact at any moment.
CREATE VIEW ledger.day_sum AS
  SELECT day, kind, currency, sum(amount) AS amount, sum(transfers)::bigint AS transfers
    FROM (SELECT day, kind, currency, amount, transfers FROM ledger.day_total
          UNION ALL
          SELECT (t.booked_at AT TIME ZONE 'UTC')::date, COALESCE(r.kind, t.kind), t.currency,
                 sum(t.amount), count(*)
            FROM ledger.transfer t
            LEFT JOIN ledger.transfer r
              ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
           WHERE t.tx >= (SELECT first_uncounted_tx FROM ledger.rollup_mark)
           GROUP BY 1, 2, 3) AS part
   GROUP BY day, kind, currency;

GRANT SELECT ON ledger.day_total, ledger.day_sum TO nummer_app;

CREATE OR REPLACE FUNCTION ledger.rollup(p_now timestamptz)
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
    SELECT t.book, COALESCE(r.kind, t.kind) AS kind, t.currency,
           (t.booked_at AT TIME ZONE 'UTC')::date AS day,
           sum(t.amount) AS amount, count(*) AS transfers
      FROM transfer t
      LEFT JOIN transfer r
        ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
     WHERE t.tx >= v_from AND t.tx < v_until
     GROUP BY 1, 2, 3, 4),
  booked AS (
    INSERT INTO book_balance AS b (book, currency, amount, transfers)
    SELECT part.book, part.currency, -sum(part.amount), sum(part.transfers)
      FROM part GROUP BY part.book, part.currency
    ON CONFLICT (book, currency) DO UPDATE
      SET amount = b.amount + excluded.amount, transfers = b.transfers + excluded.transfers),
  counted AS (
    INSERT INTO day_total AS d (day, kind, currency, amount, transfers)
    SELECT part.day, part.kind, part.currency, sum(part.amount), sum(part.transfers)
      FROM part GROUP BY part.day, part.kind, part.currency
    ON CONFLICT (day, kind, currency) DO UPDATE
      SET amount = d.amount + excluded.amount, transfers = d.transfers + excluded.transfers)
  SELECT COALESCE(sum(part.transfers), 0) INTO v_count FROM part;
  UPDATE rollup_mark SET first_uncounted_tx = v_until, rolled_at = p_now;
  RETURN v_count;
END $$;
