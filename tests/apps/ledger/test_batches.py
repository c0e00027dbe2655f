"""A batch does exactly what its postings would do one after another."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Balance, Book, Fund, Leg, Posting, TransferKind
from nummer.apps.ledger.errors import WalletMissing
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from tests.apps.ledger.conftest import NOW, OpenWallet, eur

SIGNS = {
    TransferKind.TOPUP: 1,
    TransferKind.ORDER: -1,
    TransferKind.USAGE: -1,
    TransferKind.REFUND: 1,
    TransferKind.PAYOUT: -1,
    TransferKind.PROMO_GRANT: 1,
    TransferKind.PROMO_EXPIRY: -1,
}


def ids(most: int) -> st.SearchStrategy[UUID]:
    """Few ids, so that keys and references meet again."""
    return st.integers(1, most).map(lambda number: UUID(int=number))


@st.composite
def postings(draw: st.DrawFn) -> Posting:
    """One posting for wallet 0, 1 or 2; wallet 3 does not exist."""
    kind = draw(st.sampled_from(list(SIGNS)))
    fund = Fund.PROMO if kind.name.startswith("PROMO") else Fund.SPENDABLE
    currency = draw(st.sampled_from(["EUR"] * 9 + ["NOK"]))
    amounts = draw(st.lists(st.integers(1, 9), min_size=1, max_size=3))
    return Posting(
        account_id=draw(st.sampled_from([0, 0, 1, 1, 2, 2, 3])),
        id=draw(ids(40)),
        kind=kind,
        legs=[
            Leg(book, Money(SIGNS[kind] * amount, currency), fund)
            for book, amount in zip((Book.REVENUE, Book.TAX, Book.SUSPENSE), amounts, strict=False)
        ],
        reference=draw(ids(3)),
        clause=draw(st.sampled_from([None, "RP-B4"])),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    batches=st.lists(st.lists(postings(), min_size=1, max_size=12), min_size=1, max_size=3),
    promo=st.sampled_from(["0.00", "0.000006"]),
)
def test_a_batch_equals_its_postings_one_by_one(
    wallet: OpenWallet, batches: list[list[Posting]], promo: str
) -> None:
    one = [*(wallet("0.00002", promo) for _ in range(3)), 1]
    other = [*(wallet("0.00002", promo) for _ in range(3)), 2]

    for batch in batches:
        together = actions.post_many(
            [replace(posting, account_id=one[posting.account_id]) for posting in batch], now=NOW
        )
        singly = [alone(replace(p, account_id=other[p.account_id])) for p in batch]
        assert [*map(told, together)] == [*map(told, singly)]

    for account_id, twin in zip(one, other, strict=True):
        assert journal(account_id) == journal(twin)
    assert [line for line in queries.audit_lines() if line[1]] == []


def test_an_empty_batch_does_nothing(db: None) -> None:
    assert actions.post_many([], now=NOW) == []


def test_one_refusal_leaves_the_rest_of_a_batch_alone(wallet: OpenWallet) -> None:
    account_id = wallet("5.00")
    order = Posting(
        account_id=account_id,
        id=new_id(),
        kind=TransferKind.ORDER,
        legs=[Leg(Book.REVENUE, eur("-4.00")), Leg(Book.TAX, eur("-1.00"))],
        reference=new_id(),
    )

    answers = actions.post_many([replace(order, account_id=5), order], now=NOW)

    assert isinstance(answers[0], WalletMissing)
    assert isinstance(answers[1], Balance)
    assert answers[1].total == eur("0.00")


def alone(posting: Posting) -> Balance | Refusal:
    try:
        return actions.post(
            posting.account_id,
            id=posting.id,
            kind=posting.kind,
            legs=posting.legs,
            reference=posting.reference,
            clause=posting.clause,
            now=NOW,
        )
    except Refusal as refusal:
        return refusal


def told(answer: Balance | Refusal) -> object:
    return (type(answer), answer.data) if isinstance(answer, Refusal) else answer


def journal(account_id: int) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT line, leg, kind, book, fund, amount, promo, balance_after, promo_after,"
            " held_after, earmarked_after, reference, clause FROM ledger.transfer"
            " WHERE account_id = %s AND id <= %s ORDER BY line, leg",
            [account_id, UUID(int=40)],
        )
        return cursor.fetchall()
