"""Registration, balance and papers."""

import pytest

from nummer.policy.balance import DebitCause, may_block, may_debit, may_lapse
from nummer.policy.papers import papers_to_ask_for
from nummer.policy.registration import Registration, missing_before_order


@pytest.mark.clause("LD-R0", "LD-R1", "LD-R3")
@pytest.mark.parametrize(
    ("terms", "phone", "email", "missing"),
    [
        pytest.param(True, True, True, (), id="everything is there"),
        pytest.param(False, True, True, ("LD-R0",), id="terms not accepted"),
        pytest.param(True, False, True, ("LD-R1",), id="phone not confirmed"),
        pytest.param(True, True, False, ("LD-R3",), id="e-mail not confirmed"),
        pytest.param(False, False, False, ("LD-R0", "LD-R1", "LD-R3"), id="nothing is there"),
    ],
)
def test_order_waits_for_terms_phone_and_email(
    *, terms: bool, phone: bool, email: bool, missing: tuple[str, ...]
) -> None:
    registration = Registration(terms_accepted=terms, phone_confirmed=phone, email_confirmed=email)
    assert missing_before_order(registration) == missing


@pytest.mark.clause("RP-P2")
@pytest.mark.parametrize("cause", [DebitCause.INACTIVITY, DebitCause.EXPIRY, DebitCause.FEE])
def test_time_alone_never_lowers_a_balance(cause: DebitCause) -> None:
    assert not may_debit(cause)


@pytest.mark.clause("RP-P2")
@pytest.mark.parametrize(
    "cause",
    [DebitCause.ORDER, DebitCause.PAYOUT, DebitCause.CORRECTION, DebitCause.DELETED_BY_CLIENT],
)
def test_orders_payouts_corrections_and_deletion_lower_a_balance(cause: DebitCause) -> None:
    assert may_debit(cause)


@pytest.mark.clause("RP-P2a")
def test_balance_lapses_only_when_asked_and_acknowledged() -> None:
    assert may_lapse(asked_by_client=True, sum_acknowledged=True)
    assert not may_lapse(asked_by_client=True, sum_acknowledged=False)
    assert not may_lapse(asked_by_client=False, sum_acknowledged=True)


@pytest.mark.clause("RP-P2b")
def test_balance_block_needs_a_reference_and_two_people() -> None:
    two = frozenset({"staff:1", "staff:2"})
    assert may_block(reference="LE-2026-1", people=two)
    assert not may_block(reference=" ", people=two)
    assert not may_block(reference="LE-2026-1", people=frozenset({"staff:1"}))


@pytest.mark.clause("LD-R2", "LD-D2")
def test_papers_are_asked_for_only_where_a_rule_names_them() -> None:
    assert papers_to_ask_for(required_by_number=set(), on_file=set()) == frozenset()
    wanted = papers_to_ask_for(required_by_number={"identity", "address"}, on_file={"identity"})
    assert wanted == frozenset({"address"})
