"""Every refusal of the house has its word here, or a reason why it cannot come."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.apps import apps as installed

from nummer.faces.api import problems
from nummer.faces.api_activate import words
from nummer.faces.api_fivesim import words as fivesim
from nummer.faces.api_onlinesim import words as onlinesim
from nummer.faces.api_twilio import words as twilio
from nummer.kernel.errors import Refusal


def refusals(*faces: str) -> dict[str, type[Refusal]]:
    """Return every refusal that the apps and these faces define, by code."""
    names = [app.name for app in installed.get_app_configs() if app.name.startswith("nummer.apps.")]
    for name in (*names, *faces):
        if find_spec(f"{name}.errors") is not None:
            import_module(f"{name}.errors")
    mine = tuple(f"{name}." for name in (*names, *faces))
    return {each.code: each for each in subclasses(Refusal) if each.__module__.startswith(mine)}


def subclasses(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for each in of.__subclasses__():
        yield each
        yield from subclasses(each)


# Refusals of verbs that programs have no action for; a purchase and its refund use the wallet's
# own currency and sums.
NOT_REACHED = {
    # calls: the engine asks, no dialect does yet
    "call_over",
    "call_spend_limit",
    "calls_too_fast",
    "destination_closed",
    "emergency_call",
    "no_such_call",
    "not_sold_to_call",
    "number_cannot_call",
    "number_not_possible",
    "too_many_calls",
    # signing up, confirming, managing keys: pages
    "binds_not_possible",
    "dialect_unknown",
    "email_change_over",
    "expiry_not_possible",
    "email_taken",
    "invitation_over",
    "invited_elsewhere",
    "member_already",
    "networks_not_readable",
    "never_signed_in",
    "no_such_key",
    "no_such_invitation",
    "no_such_member",
    "no_such_phone",
    "no_such_role",
    "no_such_sub_account",
    "no_such_sub_account_state",
    "not_a_company",
    "not_yours_to_do",
    "organisation_number_refused",
    "overlap_not_possible",
    "owner_stays",
    "phone_blocked",
    "phone_is_ours",
    "phone_not_personal",
    "phone_not_real",
    "phone_taken",
    "sub_account_closed",
    "sub_account_not_active",
    "sub_account_needs_a_name",
    "scope_unknown",
    "time_zone_unknown",
    "too_many_invitations",
    "too_many_keys",
    "too_many_members",
    "too_many_sub_accounts",
    # vouchers: pages and the staff
    "no_such_voucher_batch",
    "voucher_batch_needs_another_person",
    "voucher_batch_not_waiting",
    "voucher_batch_refused",
    # banking: the staff
    "bank_entry_decided",
    "bank_entry_needs_another_person",
    "bank_entry_other_currency",
    "no_such_bank_entry",
    "no_such_customer_account",
    "no_such_transfer",
    "statement_does_not_add_up",
    "statement_not_ours",
    "statement_too_large",
    "statement_unreadable",
    "statement_unsafe",
    # payouts: pages and the staff
    "bank_reference_missing",
    "payout_needs_another_person",
    # price lists, texts, imports of numbers: the staff and the installation
    "no_such_import",
    "notice_changed",
    "price_in_the_past",
    "list_broken",
    "list_column_missing",
    "list_currency_refused",
    "list_date_refused",
    "list_empty",
    "list_fields_refused",
    "list_not_ready",
    "list_prefix_refused",
    "list_prefix_twice",
    "list_price_refused",
    "list_sells_below_cost",
    "list_too_large",
    "no_such_list",
    "no_rate",
    "carrier_code_refused",
    "no_parity",
    "prefix_refused",
    "reason_refused",
    "route_refused",
    "sold_below_cost",
    "price_not_payable",
    "price_taken",
    "sheet_broken",
    "sheet_empty",
    "sheet_column_missing",
    "sheet_too_large",
    # leases: no page or program reaches them yet
    "lease_not_like_that",
    "no_number_for_rent",
    "no_such_lease",
    "number_taken",
    # numbers that were taken away: pages and the staff
    "no_replacement",
    # the ends of leases: pages and the staff
    "ending_not_explained",
    "handover_not_accepted",
    "handover_not_possible",
    "handover_over",
    "handover_receiver_not_ready",
    "no_such_handover",
    "no_such_port_out",
    "notice_taken_back",
    "papers_not_approved",
    "port_out_not_complete",
    "port_out_not_possible",
    "port_out_over",
    "port_out_too_early",
    "too_many_handovers",
    # papers: pages and the staff
    "no_such_papers",
    "papers_expired",
    "papers_judged",
    *("document_held", "document_not_released", "papers_findings_stand", "papers_not_taken"),
    *("papers_taken", "zone_not_found", "zone_not_readable"),
    "papers_not_opened",
    "papers_rule_in_the_past",
    "papers_reason_missing",
    # papers that programs put together piece by piece
    *("bundle_in_review", "no_papers_asked", "no_such_bundle", "no_such_piece"),
    *("piece_malformed", "too_many_pieces"),
    # SMS of rented numbers: pages
    "no_such_sms",
    "no_such_supplier",
    "supplier_not_connected",
    "pattern_not_readable",
    "plan_not_possible",
    "unknown_city",
    "number_cannot_send",
    "number_suspended",
    "quiet_hours",
    "recipient_is_sender",
    "recipient_not_possible",
    "recipient_opted_out",
    "sending_unusual",
    "spend_limit_reached",
    "sms_on_its_way",
    "text_missing",
    "text_not_sendable",
    "text_too_long",
    "too_many_sms",
    # partners: the operator's command, and the protocol that they push by (its own table)
    "no_such_partner",
    "number_not_of_partner",
    "partner_address_refused",
    "partner_taken",
    # supply: the staff, and wholesalers' callbacks
    "least_not_possible",
    "supplier_not_genuine",
    # cases: pages, the staff and the official mailbox
    "case_assigned",
    "files_need_an_account",
    "cases_not_of_one",
    *("attachment_too_large", "too_many_attachments"),
    "case_has_no_address",
    "mail_loops",
    "no_such_customer",
    "unknown_placeholder",
    "placeholders_differ",
    "no_such_standard_answer",
    "no_such_colleague",
    # claims: pages and the staff
    "claim_not_waiting",
    "clause_unknown",
    "contact_before_order",
    "more_than_paid",
    "no_such_replay",
    "nothing_missing",
    "report_not_confirmed",
    "link_over",
    # incidents, cases, blocks: the staff; notices: carriers, by a table of their own; links: pages
    "link_not_genuine",
    "no_such_account",
    "no_such_balance_block",
    "no_such_carrier_key",
    "notice_malformed",
    "notice_not_genuine",
    "notice_replayed",
    "notice_stale",
    "number_not_of_carrier",
    "reference_missing",
    "scope_missing",
    "scope_too_long",
    "second_person_needed",
    "too_many_carrier_keys",
    # probes of routes: the staff
    "no_such_probe_plan",
    "number_of_other_use",
    "probe_limit_reached",
    "probe_not_possible",
    "probe_plan_taken",
    "probe_route_missing",
    "probe_under_way",
    # holds, earmarks, payouts: calls and finance
    "already_reversed",
    "amount_refused",
    "capture_above_hold",
    "earmark_missing",
    "hold_closed",
    "hold_missing",
    "refund_above_charge",
    "transfer_missing",
    # top-ups: pages and the payment provider
    "callback_not_genuine",
    "callback_refused",
    "callback_unreadable",
    "card_data_refused",
    "no_such_top_up",
    "auto_top_up_cap_too_small",
    "auto_top_up_consent_missing",
    "method_not_keepable",
    "method_not_refundable",
    "refund_above_top_up",
    "top_up_not_paid",
    # erased customers: their keys are withdrawn before
    "key_destroyed",
    # Verbs of pages alone: signing in, letters and consents, and what the staff do.
    *("google_account_taken", "no_such_session", "weak_password", "last_owner", "no_such_staff"),
    *("address_confirmed_too_often", "address_link_invalid", "no_address", "no_such_letter"),
    *("consent_asked_too_often", "consent_link_invalid", "unsubscribe_link_invalid"),
    *("campaign_incomplete", "campaign_needs_another_person", "campaign_not_draft"),
    *("no_such_campaign", "no_such_segment", "segment_refused"),
}
# Refusals of verbs that only our own interface has.
OWN_ONLY = {
    "abuse_case_decided",
    "account_number_refused",
    "addressee_refused",
    "document_not_readable",
    "document_too_large",
    *("document_infected", "document_locked", "document_too_long", "picture_too_large"),
    "documents_busy",
    "endpoint_off",
    "incident_over",
    "message_too_long",
    "moment_not_possible",
    "no_auto_top_up",
    "no_such_abuse_case",
    "no_such_case",
    "no_such_claim",
    "no_such_conversation",
    "no_such_delivery",
    "no_such_endpoint",
    "no_such_incident",
    "no_such_invoice",
    "no_such_payout",
    "no_such_tax_number",
    "nothing_offered",
    "nothing_written",
    "payout_not_granted",
    "only_for_companies",
    "papers_not_complete",
    "papers_wait",
    "payout_closed",
    "payout_open",
    "reply_too_long",
    "spend_limit_by_page",
    "tax_number_refused",
    "too_many_cases",
    "too_many_endpoints",
    "too_many_failed_payments",
    "too_many_papers",
    "too_many_reports",
    "too_many_summaries",
    "too_many_voucher_guesses",
    "too_many_webhook_repeats",
    "top_up_disputed",
    "top_up_not_payable",
    "top_up_too_large",
    "top_up_too_small",
    "top_ups_too_fast",
    "unknown_event_kind",
    "unknown_payment_method",
    "voucher_expired",
    "voucher_not_released",
    "voucher_other_currency",
    "voucher_unknown",
    "webhook_address_refused",
    "wrong_currency",
}
# Refusals of numbers for one service, which the Twilio protocol does not sell.
ONE_TIME = {
    "activation_closed",
    "code_already_shown",
    "code_share_too_low",
    "no_code_yet",
    "no_such_activation",
    "no_such_order",
    "out_of_stock",
    "restriction_ignored",
    "service_blocked",
    "service_off",
    "too_many_open",
    "too_many_orders",
    "unknown_service",
}
# Refusals of verbs that only the Twilio protocol has among those of programs.
TWILIO_ONLY = {
    "no_such_sub_account",
    "no_such_sub_account_state",
    "sub_account_closed",
    "sub_account_not_active",
    "sub_account_needs_a_name",
    "too_many_sub_accounts",
    "no_such_key",
    "too_many_keys",
    "lease_not_like_that",
    "no_number_for_rent",
    "no_such_lease",
    "number_taken",
    "no_such_sms",
    "pattern_not_readable",
    "webhook_address_refused",
    *(
        "no_rate",
        "number_cannot_send",
        "number_suspended",
        "quiet_hours",
        "sending_unusual",
        "too_many_sms",
    ),
    *("recipient_is_sender", "recipient_not_possible", "recipient_opted_out"),
    "spend_limit_reached",
    *("text_missing", "text_not_sendable", "text_too_long"),
    *("bundle_in_review", "no_papers_asked", "no_such_bundle", "no_such_piece"),
    *("piece_malformed", "too_many_pieces"),
    *("document_not_readable", "document_too_large", "document_infected", "document_locked"),
    *("document_too_long", "documents_busy", "picture_too_large"),
    *("papers_not_complete", "papers_wait", "too_many_papers"),
}
# Refusals of rented numbers and their SMS, which only our own interface answers in full.
BY_THE_MONTH = {
    "lease_not_like_that",
    "no_number_for_rent",
    "no_such_lease",
    "no_such_sms",
    "no_such_top_up",
    "number_taken",
    "pattern_not_readable",
    *(
        "no_rate",
        "number_cannot_send",
        "number_suspended",
        "quiet_hours",
        "sending_unusual",
        "too_many_sms",
    ),
    *("recipient_is_sender", "recipient_not_possible", "recipient_opted_out"),
    "spend_limit_reached",
    *("text_missing", "text_not_sendable", "text_too_long"),
}
DIALECT_SILENT = NOT_REACHED | OWN_ONLY
RENTS = {"lease_not_like_that", "no_number_for_rent", "no_such_lease", "number_taken"}
TABLES = [
    ("nummer.faces.api_activate", set(words.WORDS), DIALECT_SILENT - RENTS),
    ("nummer.faces.api", set(problems.STATUSES), NOT_REACHED - BY_THE_MONTH),
    ("nummer.faces.api_fivesim", set(fivesim.WORDS), DIALECT_SILENT),
    ("nummer.faces.api_onlinesim", set(onlinesim.WORDS), DIALECT_SILENT - RENTS),
    ("nummer.faces.api_twilio", set(twilio.NUMBERS), (DIALECT_SILENT | ONE_TIME) - TWILIO_ONLY),
]


@pytest.mark.parametrize(("face", "answered", "silent"), TABLES)
def test_every_refusal_has_an_answer(face: str, answered: set[str], silent: set[str]) -> None:
    known = set(refusals(face))

    assert known - answered - silent == set()
    assert answered - known == set()
    assert silent - known == set()
    assert answered & silent == set()


def test_every_word_has_a_status_in_the_hero_form() -> None:
    assert set(words.STATUSES) == set(words.WORDS.values())
    assert all(400 <= status < 500 for status in words.STATUSES.values())


def test_no_two_refusals_share_a_code() -> None:
    classes = list(
        {
            each
            for each in subclasses(Refusal)
            if each.__module__.startswith(("nummer.apps.", "nummer.faces."))
        }
    )

    assert len({each.code for each in classes}) == len(classes)


def test_words_are_those_of_the_protocol() -> None:
    """Clients split at the colon and compare the rest: capital letters and underscores only."""
    for word in (*words.WORDS.values(), *onlinesim.WORDS.values()):
        assert word.replace("_", "").isalpha()
        assert word == word.upper()


def test_fivesim_says_no_free_phones_with_status_200_and_all_else_with_an_error() -> None:
    for status, said in fivesim.WORDS.values():
        assert (status == 200) == (said == "no free phones")
        assert said == said.strip()
        assert "<" not in said
