"""Who may touch the ledger's tables, and how: nobody by hand."""

from __future__ import annotations

import pytest
from django.db import Error, connection, transaction

from nummer.apps.ledger import actions, queries
from nummer.apps.ledger.actions import Book, Leg, TransferKind
from nummer.kernel.ids import new_id
from tests.apps.ledger.conftest import NOW, OpenWallet, eur

WRITES = {
    "add a transfer": """
        INSERT INTO ledger.transfer (account_id, id, leg, line, kind, book, fund, currency,
          amount, promo, balance_after, promo_after, held_after, earmarked_after, reference,
          booked_at)
        SELECT account_id, '00000000-0000-0000-0000-000000000001', 0, 99, 1, 3, 1, 'EUR',
          1, 0, 1, 0, 0, 0, '00000000-0000-0000-0000-000000000001', '2026-01-01Z'
          FROM ledger.wallet LIMIT 1""",
    "change a transfer": "UPDATE ledger.transfer SET amount = 1",
    "remove a transfer": "DELETE FROM ledger.transfer",
    "empty the journal": "TRUNCATE ledger.transfer CASCADE",
    "raise a balance": "UPDATE ledger.wallet SET balance = balance + 1",
    "open a wallet": "INSERT INTO ledger.wallet (account_id, currency, opened_at)"
    " VALUES (1, 'EUR', '2026-01-01Z')",
    "end a hold": "UPDATE ledger.hold SET state = 'released'",
    "move the mark": "UPDATE ledger.rollup_mark SET first_uncounted_tx = 0",
    "write the books": "DELETE FROM ledger.book_balance",
}


def refused(sql: str, *, role: str | None) -> str:
    """Return the SQLSTATE with which the database refuses."""

    def attempt() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if role:
                cursor.execute(f"SET LOCAL ROLE {role}")
            cursor.execute(sql)

    with pytest.raises(Error) as error:
        attempt()
    return str(error.value.__cause__.sqlstate)  # type: ignore[union-attr]


@pytest.mark.parametrize("label", WRITES)
def test_the_application_cannot(wallet: OpenWallet, label: str) -> None:
    account_id = wallet("1.00")

    assert refused(WRITES[label], role="nummer_app") == "42501"

    assert queries.balance(account_id).total == eur("1.00")


@pytest.mark.parametrize("label", ["change a transfer", "remove a transfer", "empty the journal"])
def test_the_owner_of_the_tables_cannot(wallet: OpenWallet, label: str) -> None:
    account_id = wallet("1.00")

    assert refused(WRITES[label], role=None) == "23001"

    assert queries.balance(account_id).total == eur("1.00")


def test_the_application_moves_money_by_the_verbs_alone(wallet: OpenWallet) -> None:
    account_id = wallet("5.00")

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE nummer_app")
        balance = actions.post(
            account_id,
            id=new_id(),
            kind=TransferKind.ORDER,
            legs=[Leg(Book.REVENUE, eur("-1.00"))],
            reference=new_id(),
            now=NOW,
        )
        audit = queries.audit_lines()
        cursor.execute("RESET ROLE")

    assert balance.total == eur("4.00")
    assert [line for line in audit if line[1]] == []


@pytest.mark.parametrize(
    "inner",
    [
        "ledger.authorise_with_care",
        "ledger.book",
        "ledger.first_answer",
        "ledger.post_with_care",
        "ledger.refuse_change",
        "ledger.refused",
        "ledger.settle_with_care",
    ],
)
def test_only_the_verbs_are_for_the_application(db: None, inner: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_or(has_function_privilege('nummer_app', oid, 'EXECUTE') OR prosecdef)"
            " FROM pg_proc WHERE oid::regproc::text = %s",
            [inner],
        )
        assert cursor.fetchone() == (False,)


def test_every_verb_runs_as_the_owner_with_a_fixed_path(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'ledger'::regnamespace"
            " AND has_function_privilege('nummer_app', oid, 'EXECUTE')"
            " AND NOT (prosecdef AND proconfig = '{\"search_path=ledger, pg_catalog, pg_temp\"}')"
        )
        assert cursor.fetchall() == []


def test_the_codes_in_python_are_those_in_the_database(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT upper(name), code FROM ledger.book ORDER BY code")
        assert cursor.fetchall() == [(book.name, book.value) for book in Book]
        cursor.execute("SELECT upper(name), code FROM ledger.kind ORDER BY code")
        assert cursor.fetchall() == [(kind.name, kind.value) for kind in TransferKind]


@pytest.mark.parametrize(
    ("label", "harm", "broken"),
    [
        (
            "a balance that nobody booked",
            "UPDATE ledger.wallet SET balance = balance + 1",
            {
                "every wallet is the sum of its transfers",
                "what the customers have and what the books say sum to zero",
            },
        ),
        (
            "money held for nothing",
            "UPDATE ledger.wallet SET held = 1",
            {"every held sum is the sum of the open holds"},
        ),
        (
            "money earmarked for nothing",
            "UPDATE ledger.wallet SET earmarked = 1",
            {"every earmarked sum is the sum of the earmarks"},
        ),
        (
            "a transfer changed behind the guard",
            """
            ALTER TABLE ledger.transfer DISABLE TRIGGER transfer_is_append_only;
            UPDATE ledger.transfer SET amount = amount + 1
            """,
            {
                "every wallet is the sum of its transfers",
                "every transfer follows from the one before",
                "what the customers have and what the books say sum to zero",
            },
        ),
        (
            "a roll-up that counted twice",
            "INSERT INTO ledger.book_balance VALUES (1, 'EUR', 5, 1)",
            {
                "the operator's books equal the journal",
                "what the customers have and what the books say sum to zero",
            },
        ),
    ],
)
def test_the_audit_names_what_was_tampered_with(
    wallet: OpenWallet, label: str, harm: str, broken: set[str]
) -> None:
    wallet("5.00")

    with connection.cursor() as cursor:
        cursor.execute(harm)

    found = {
        name.removeprefix("ledger: ") for name, breaches, _ in queries.audit_lines() if breaches
    }
    assert found == broken, label


@pytest.mark.parametrize(
    ("label", "harm", "broken"),
    [
        (
            "a refund of what nobody paid",
            """
            INSERT INTO ledger.transfer (account_id, id, leg, line, kind, book, fund, currency,
              amount, promo, balance_after, promo_after, held_after, earmarked_after, reference,
              booked_at)
            SELECT account_id, '00000000-0000-0000-0000-000000000001', 0, last_line + 1, 3, 1, 1,
                   currency, 1, 0, balance + 1, 0, held, 0,
                   '00000000-0000-0000-0000-000000000002', opened_at
              FROM ledger.wallet WHERE account_id = {account};
            UPDATE ledger.wallet SET balance = balance + 1, last_line = last_line + 1
             WHERE account_id = {account}
            """,
            "nothing gave back more than was paid",
        ),
        (
            "a top-up that calls itself a charge",
            """
            ALTER TABLE ledger.transfer DISABLE TRIGGER transfer_is_append_only;
            UPDATE ledger.transfer SET kind = 9 WHERE account_id = {account}
            """,
            "every transfer goes the way of its kind, and promo money is never paid out",
        ),
        (
            "a hold that shrank",
            "UPDATE ledger.hold SET asked = amount + 1 WHERE account_id = {account}",
            "every hold asks to spend something, only grows and ends as it says",
        ),
        (
            "an open hold that has an end",
            "UPDATE ledger.hold SET closed_at = opened_at WHERE account_id = {account}",
            "every hold asks to spend something, only grows and ends as it says",
        ),
        (
            "a hold for something that pays in",
            "UPDATE ledger.hold SET kind = 1 WHERE account_id = {account}",
            "every hold asks to spend something, only grows and ends as it says",
        ),
    ],
)
def test_the_audit_names_what_no_verb_would_write(
    wallet: OpenWallet, label: str, harm: str, broken: str
) -> None:
    account_id = wallet("5.00")
    actions.authorise(
        account_id,
        id=new_id(),
        amount=eur("1.00"),
        kind=TransferKind.USAGE,
        reference=new_id(),
        expires_at=NOW,
        now=NOW,
    )

    with connection.cursor() as cursor:
        cursor.execute(harm.format(account=account_id))

    found = [name.removeprefix("ledger: ") for name, bad, _ in queries.audit_lines() if bad]
    assert found == [broken], label
