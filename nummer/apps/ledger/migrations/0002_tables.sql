-- What a posting no longer pays for. Each was measured (bench/notes/ledger.md); what was a check
-- on a hot table is held by the verbs, which are the only writers, and proven by `nummer audit`.

-- The verbs have the wallet's row locked when they write these, so it exists; and a foreign key
-- would have to be dropped before the tables can be spread over servers.
ALTER TABLE ledger.transfer
  DROP CONSTRAINT transfer_account_id_fkey,
  DROP CONSTRAINT transfer_kind_has_its_direction,
  DROP CONSTRAINT transfer_promo_goes_with_amount_and_is_never_paid_out;
ALTER TABLE ledger.hold
  DROP CONSTRAINT hold_account_id_fkey,
  DROP CONSTRAINT hold_kind_spends,
  DROP CONSTRAINT hold_asks_for_something,
  DROP CONSTRAINT hold_state_is_known,
  DROP CONSTRAINT hold_only_grows,
  DROP CONSTRAINT hold_captures_at_most_its_amount,
  DROP CONSTRAINT hold_captured_exactly_when_it_says,
  DROP CONSTRAINT hold_closed_exactly_at_its_end;

-- The last line of defence stays, as one short expression: PostgreSQL reads it anew for every
-- statement, and its length is its price.
ALTER TABLE ledger.wallet
  DROP CONSTRAINT wallet_promo_is_part_of_balance,
  DROP CONSTRAINT wallet_reserves_are_covered_by_balance,
  ADD CONSTRAINT wallet_covers_its_parts
    CHECK (LEAST(promo, held, earmarked, balance - promo, balance - held - earmarked) >= 0);

-- What pays for a reference first has the reference's own id, so the key finds it. Only what
-- comes later (refunds, reversals, further charges) needs a path of its own.
DROP INDEX ledger.transfer_by_reference;
CREATE INDEX transfer_by_reference ON ledger.transfer (account_id, reference)
  WHERE reference <> id;

CREATE OR REPLACE VIEW ledger.charge AS
  SELECT t.account_id, t.reference,
         -sum(t.amount)::bigint AS amount, -sum(t.promo)::bigint AS promo
    FROM (SELECT account_id, reference, leg, kind, reverses, amount, promo
            FROM ledger.transfer WHERE reference = id
          UNION ALL
          SELECT account_id, reference, leg, kind, reverses, amount, promo
            FROM ledger.transfer WHERE reference <> id) AS t
    LEFT JOIN ledger.transfer r
      ON r.account_id = t.account_id AND r.id = t.reverses AND r.leg = t.leg
   WHERE COALESCE(r.kind, t.kind) IN (2, 3, 7, 8, 9)
   GROUP BY t.account_id, t.reference;

-- Only payouts under way are looked for by wallet.
DROP INDEX ledger.hold_open;
CREATE INDEX hold_payout_open ON ledger.hold (account_id) WHERE state = 'open' AND kind = 8;
