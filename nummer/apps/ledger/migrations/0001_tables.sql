-- Money is bigint micro-units (10^-6) of the wallet's one currency. Ids and moments come from
-- the caller. Every customer-owned table begins its key with account_id.

CREATE SCHEMA ledger;

-- The operator's accounts: words for people, never locked and never joined when money moves.
CREATE TABLE ledger.book (
  code smallint PRIMARY KEY,
  name text NOT NULL UNIQUE,
  class text NOT NULL
    CONSTRAINT book_class_is_known
    CHECK (class IN ('asset', 'liability', 'equity', 'income', 'expense'))
);
INSERT INTO ledger.book (code, name, class) VALUES
  (1, 'revenue', 'income'),
  (2, 'tax', 'liability'),
  (3, 'provider_clearing', 'asset'),
  (4, 'promo_cost', 'expense'),
  (5, 'opening', 'equity'),
  (6, 'goodwill_cost', 'expense'),
  (7, 'suspense', 'liability');

CREATE TABLE ledger.kind (
  code smallint PRIMARY KEY,
  name text NOT NULL UNIQUE
);
INSERT INTO ledger.kind (code, name) VALUES
  (1, 'topup'), (2, 'order'), (3, 'refund'), (4, 'reversal'), (5, 'opening'),
  (6, 'promo_grant'), (7, 'promo_expiry'), (8, 'payout'), (9, 'usage'), (10, 'goodwill');

-- A customer's prepaid wallet. `balance` holds promo money too; `held` and `earmarked` are parts
-- of it that ordinary spending may not touch; `last_line` numbers the wallet's operations.
-- Here and in the journal there are few checks: PostgreSQL prepares every check anew for every
-- statement, 5 to 20 microseconds each of a posting's 60 (measured 2026-11-22). What the verbs
-- and the audit hold as well has none.
CREATE TABLE ledger.wallet (
  account_id bigint PRIMARY KEY,
  currency text NOT NULL,
  balance bigint NOT NULL DEFAULT 0,
  promo bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0,
  earmarked bigint NOT NULL DEFAULT 0,
  last_line bigint NOT NULL DEFAULT 0,
  opened_at timestamptz NOT NULL,
  CONSTRAINT wallet_promo_is_part_of_balance CHECK (promo >= 0 AND promo <= balance),
  CONSTRAINT wallet_reserves_are_covered_by_balance
    CHECK (held >= 0 AND earmarked >= 0 AND held + earmarked <= balance)
) WITH (fillfactor = 50);  -- room for HOT updates: moving money writes no index of this table

-- The journal, append-only. One row is one balanced double entry: the customer's wallet against
-- one of the operator's books, so both sides sum to zero by construction. The legs of one
-- operation share (account_id, id) and their line.
CREATE TABLE ledger.transfer (
  account_id bigint NOT NULL REFERENCES ledger.wallet,
  id uuid NOT NULL,
  leg smallint NOT NULL,
  line bigint NOT NULL,
  kind smallint NOT NULL,
  book smallint NOT NULL,
  fund smallint NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL,
  promo bigint NOT NULL,
  balance_after bigint NOT NULL,
  promo_after bigint NOT NULL,
  held_after bigint NOT NULL,
  earmarked_after bigint NOT NULL,
  reference uuid NOT NULL,
  reverses uuid,
  clause text,
  booked_at timestamptz NOT NULL,
  tx bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
  PRIMARY KEY (account_id, id, leg),
  CONSTRAINT transfer_kind_has_its_direction
    CHECK (kind = 4 OR (amount > 0) = (kind IN (1, 3, 5, 6, 10))),
  CONSTRAINT transfer_promo_goes_with_amount_and_is_never_paid_out
    CHECK (promo = 0 OR ((promo > 0) = (amount > 0) AND kind <> 8))
);
CREATE UNIQUE INDEX transfer_line_once ON ledger.transfer (account_id, line) WHERE leg = 0;
CREATE UNIQUE INDEX transfer_reversed_once ON ledger.transfer (account_id, reverses, leg)
  WHERE reverses IS NOT NULL;
CREATE INDEX transfer_by_reference ON ledger.transfer (account_id, reference);
-- The roll-up's path. Block ranges know their lowest and highest transaction, so a transaction
-- that was open for hours is found by its id however late its rows appear; and an insert pays
-- next to nothing for it.
CREATE INDEX transfer_by_transaction ON ledger.transfer USING brin (tx)
  WITH (pages_per_range = 32, autosummarize = on);

-- Each row from both sides, as a bookkeeper reads it.
CREATE VIEW ledger.entry AS
  SELECT account_id, id, leg, 'customer' AS side, NULL::smallint AS book, currency, amount
    FROM ledger.transfer
  UNION ALL
  SELECT account_id, id, leg, 'operator', book, currency, -amount
    FROM ledger.transfer;

-- What each reference cost and has not come back: charges, their refunds, the reversals of both.
CREATE VIEW ledger.charge AS
  SELECT t.account_id, t.reference,
         -sum(t.amount)::bigint AS amount, -sum(t.promo)::bigint AS promo
    FROM ledger.transfer t
    LEFT JOIN ledger.transfer r
      ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
   WHERE COALESCE(r.kind, t.kind) IN (2, 3, 7, 8, 9)
   GROUP BY t.account_id, t.reference;

-- Money set aside for something that has begun. `asked` is what was first authorised.
CREATE TABLE ledger.hold (
  account_id bigint NOT NULL REFERENCES ledger.wallet,
  id uuid NOT NULL,
  kind smallint NOT NULL
    CONSTRAINT hold_kind_spends CHECK (kind IN (2, 8, 9)),
  reference uuid NOT NULL,
  asked bigint NOT NULL
    CONSTRAINT hold_asks_for_something CHECK (asked BETWEEN 1 AND 10000000000000000),
  amount bigint NOT NULL,
  captured bigint NOT NULL DEFAULT 0,
  state text NOT NULL DEFAULT 'open'
    CONSTRAINT hold_state_is_known CHECK (state IN ('open', 'captured', 'released', 'expired')),
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  closed_at timestamptz,
  PRIMARY KEY (account_id, id),
  CONSTRAINT hold_only_grows CHECK (amount >= asked),
  CONSTRAINT hold_captures_at_most_its_amount CHECK (captured BETWEEN 0 AND amount),
  CONSTRAINT hold_captured_exactly_when_it_says CHECK ((state = 'captured') = (captured > 0)),
  CONSTRAINT hold_closed_exactly_at_its_end CHECK ((state = 'open') = (closed_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX hold_due ON ledger.hold (expires_at, account_id, id) WHERE state = 'open';
CREATE INDEX hold_open ON ledger.hold (account_id) WHERE state = 'open';

-- Money kept back for one coming purpose, such as the next renewal.
CREATE TABLE ledger.earmark (
  account_id bigint NOT NULL REFERENCES ledger.wallet,
  id uuid NOT NULL,
  amount bigint NOT NULL
    CONSTRAINT earmark_never_negative CHECK (amount >= 0),
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, id)
) WITH (fillfactor = 70);

-- The operator's books as last rolled up, and the first transaction that is not in them.
CREATE TABLE ledger.book_balance (
  book smallint NOT NULL REFERENCES ledger.book,
  currency text NOT NULL,
  amount numeric NOT NULL,
  transfers bigint NOT NULL,
  PRIMARY KEY (book, currency)
);
CREATE TABLE ledger.rollup_mark (
  single boolean PRIMARY KEY DEFAULT true
    CONSTRAINT rollup_mark_is_one_row CHECK (single),
  first_uncounted_tx bigint NOT NULL,
  rolled_at timestamptz
);
INSERT INTO ledger.rollup_mark (first_uncounted_tx) VALUES (0);

-- Rolled up plus the tail: exact at any moment.
CREATE VIEW ledger.book_total AS
  SELECT book, currency, sum(amount) AS amount, sum(transfers)::bigint AS transfers
    FROM (SELECT book, currency, amount, transfers FROM ledger.book_balance
          UNION ALL
          SELECT t.book, t.currency, -sum(t.amount), count(*)
            FROM ledger.transfer t
           WHERE t.tx >= (SELECT first_uncounted_tx FROM ledger.rollup_mark)
           GROUP BY t.book, t.currency) AS part
   GROUP BY book, currency;

-- A guard against hands, not a mover of money: not even the owner rewrites the journal.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'transfers are never changed or removed; post a reversing one'
    USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transfer_is_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
