"""The ledger's invariants as queries that must find nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import connection

SHOWN_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Proof:
    """`sql` selects one text for each breach: an account id or a book, never a person's data."""

    name: str
    sql: str


PROOFS: Final = (
    Proof(
        "every wallet is the sum of its transfers",
        """
        SELECT w.account_id::text FROM ledger.wallet w
          LEFT JOIN (SELECT account_id, sum(amount) AS amount, sum(promo) AS promo,
                            max(line) AS line
                       FROM ledger.transfer GROUP BY account_id) t USING (account_id)
         WHERE w.balance <> COALESCE(t.amount, 0) OR w.promo <> COALESCE(t.promo, 0)
            OR w.last_line <> COALESCE(t.line, 0)
        """,
    ),
    Proof(
        "every held sum is the sum of the open holds",
        """
        SELECT w.account_id::text FROM ledger.wallet w
          LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger.hold
                      WHERE state = 'open' GROUP BY account_id) h USING (account_id)
         WHERE w.held <> COALESCE(h.amount, 0)
        """,
    ),
    Proof(
        "every earmarked sum is the sum of the earmarks",
        """
        SELECT w.account_id::text FROM ledger.wallet w
          LEFT JOIN (SELECT account_id, sum(amount) AS amount FROM ledger.earmark
                      GROUP BY account_id) e USING (account_id)
         WHERE w.earmarked <> COALESCE(e.amount, 0)
        """,
    ),
    Proof(
        "every transfer follows from the one before",
        """
        SELECT DISTINCT t.account_id::text FROM (
          SELECT account_id, line, leg, amount, balance_after, promo, promo_after,
                 lag(balance_after, 1, 0) OVER one AS balance_before,
                 lag(promo_after, 1, 0) OVER one AS promo_before,
                 lag(line, 1, 0) OVER one AS line_before
            FROM ledger.transfer
          WINDOW one AS (PARTITION BY account_id ORDER BY line, leg)) AS t
         WHERE t.balance_after <> t.balance_before + t.amount
            OR t.promo_after <> t.promo_before + t.promo
            OR t.line <> t.line_before + (t.leg = 0)::int
        """,
    ),
    Proof(
        "no wallet and no transfer is negative or reserves more than it has",
        """
        SELECT account_id::text FROM ledger.wallet
         WHERE balance < 0 OR promo < 0 OR held < 0 OR earmarked < 0
            OR promo > balance OR held + earmarked > balance
        UNION
        SELECT account_id::text FROM ledger.transfer
         WHERE balance_after < 0 OR promo_after NOT BETWEEN 0 AND balance_after
            OR held_after < 0 OR earmarked_after < 0 OR held_after + earmarked_after > balance_after
               AND leg = (SELECT max(leg) FROM ledger.transfer last
                           WHERE last.account_id = transfer.account_id
                             AND last.id = transfer.id)
        """,
    ),
    Proof(
        "every transfer moves something, of a known kind, between known sides",
        """
        SELECT account_id::text FROM ledger.transfer
         WHERE amount = 0 OR abs(promo) > abs(amount) OR fund NOT IN (1, 2)
            OR kind NOT IN (SELECT code FROM ledger.kind)
            OR book NOT IN (SELECT code FROM ledger.book)
            OR (kind = 4) <> (reverses IS NOT NULL)
        """,
    ),
    Proof(
        "every transfer goes the way of its kind, and promo money is never paid out",
        """
        SELECT account_id::text FROM ledger.transfer
         WHERE kind <> 4 AND (amount > 0) <> (kind IN (1, 3, 5, 6, 10))
            OR promo <> 0 AND ((promo > 0) <> (amount > 0) OR kind = 8)
        """,
    ),
    Proof(
        "every hold asks to spend something, only grows and ends as it says",
        """
        SELECT account_id::text FROM ledger.hold
         WHERE kind NOT IN (2, 8, 9) OR asked NOT BETWEEN 1 AND 10000000000000000
            OR amount < asked OR captured NOT BETWEEN 0 AND amount
            OR state NOT IN ('open', 'captured', 'released', 'expired')
            OR (state = 'captured') <> (captured > 0) OR (state = 'open') <> (closed_at IS NULL)
        """,
    ),
    Proof(
        "every transfer, hold and earmark has its wallet, in its currency",
        """
        SELECT DISTINCT t.account_id::text FROM ledger.transfer t
          LEFT JOIN ledger.wallet w USING (account_id)
         WHERE w.account_id IS NULL OR w.currency <> t.currency
        UNION
        SELECT h.account_id::text FROM ledger.hold h
          LEFT JOIN ledger.wallet w USING (account_id) WHERE w.account_id IS NULL
        UNION
        SELECT e.account_id::text FROM ledger.earmark e
          LEFT JOIN ledger.wallet w USING (account_id) WHERE w.account_id IS NULL
        """,
    ),
    Proof(
        "every captured hold was booked once, for what it says, and no other was",
        """
        SELECT h.account_id::text FROM ledger.hold h
          LEFT JOIN (SELECT account_id, id, -sum(amount) AS amount FROM ledger.transfer
                      GROUP BY account_id, id) t USING (account_id, id)
         WHERE h.captured <> COALESCE(t.amount, 0) OR h.captured > h.amount
        """,
    ),
    Proof(
        "nothing gave back more than was paid",
        # Only what a refund or a reversal names can have given back anything.
        """
        SELECT back.account_id::text
          FROM (SELECT DISTINCT account_id, reference FROM ledger.transfer
                 WHERE kind IN (3, 4)) AS back
         CROSS JOIN LATERAL (
           SELECT amount, promo FROM ledger.charge
            WHERE account_id = back.account_id AND reference = back.reference
           OFFSET 0) AS charge
         WHERE charge.amount < 0 OR charge.promo < 0
        """,
    ),
    Proof(
        "every reversal mirrors the transfer it names",
        """
        SELECT r.account_id::text FROM ledger.transfer r
          LEFT JOIN ledger.transfer t
            ON t.account_id = r.account_id AND t.id = r.reverses AND t.leg = r.leg
         WHERE r.kind = 4
           AND (t.id IS NULL OR t.amount <> -r.amount OR t.promo <> -r.promo
                OR t.book <> r.book OR t.reference <> r.reference)
        """,
    ),
    Proof(
        "the operator's books equal the journal",
        """
        SELECT COALESCE(b.book, t.book)::text FROM ledger.book_total b
          FULL JOIN (SELECT book, currency, -sum(amount) AS amount, count(*) AS transfers
                       FROM ledger.transfer GROUP BY book, currency) t
            ON t.book = b.book AND t.currency = b.currency
         WHERE b.amount IS DISTINCT FROM t.amount OR b.transfers IS DISTINCT FROM t.transfers
        """,
    ),
    Proof(
        "what the customers have and what the books say sum to zero",
        """
        SELECT COALESCE(w.currency, b.currency) FROM
          (SELECT currency, sum(balance) AS amount FROM ledger.wallet GROUP BY currency) w
          FULL JOIN (SELECT currency, sum(amount) AS amount FROM ledger.book_total
                      GROUP BY currency) b ON b.currency = w.currency
         WHERE COALESCE(w.amount, 0) + COALESCE(b.amount, 0) <> 0
        """,
    ),
)


def audit_lines() -> list[tuple[str, int, str]]:
    """Return (invariant, breaches, detail) for each; each is judged in one snapshot."""
    return [_line(proof) for proof in PROOFS]


def _line(proof: Proof) -> tuple[str, int, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), string_agg(found.name, ', ') FILTER (WHERE found.place <= %s)"  # noqa: S608 -- constants of this app
            f" FROM (SELECT name, row_number() OVER (ORDER BY name) AS place"
            f" FROM ({proof.sql}) AS breach (name)) AS found",
            [SHOWN_MAX],
        )
        breaches, detail = cursor.fetchone()
    return (f"ledger: {proof.name}", breaches, detail or "")
