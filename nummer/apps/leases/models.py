"""Tables of leases, their periods, and the numbers for rent."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass
from nummer.policy.lease import ENDS, PENDING, SERVED, Because, LeaseState, OfferState

STATES: Final = [(state.value, state.value) for state in LeaseState]
_PENDING: Final = sorted(PENDING)
_ENDS: Final = sorted(ENDS)
_SERVED: Final = sorted(SERVED)


_SEARCHED: Final = ["region", "area", "carrier", "sms", "voice", "quarantined_until"]


class Rentable(models.Model):
    """A number for rent and who has it; a directory, since nobody may have it twice (ADR 202)."""

    number_id = models.UUIDField(primary_key=True, editable=False)
    e164 = models.CharField(max_length=16, unique=True)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    city = models.CharField(max_length=40, default="")  # its code in the catalogue; empty: of none
    region = models.CharField(max_length=6, default="")  # ISO 3166-2
    area = models.CharField(max_length=6, default="")  # the digits of its area code
    carrier = models.CharField(max_length=20)
    sms = models.BooleanField()
    voice = models.BooleanField()
    supplier = models.CharField(max_length=20)
    withdrawn = models.BooleanField(default=False)
    account_id = models.BigIntegerField(null=True)
    lease_id = models.UUIDField(null=True)
    held_since = models.DateTimeField(null=True)
    quarantined_until = models.DateTimeField(null=True)  # stays, so that a holder can be compared
    ported_at = models.DateTimeField(null=True)  # to another provider: it is never offered again

    class Meta:
        """One holder or none, and none out of quarantine.

        A third path is SQL, which Django cannot say: four digits in a row (0003_places.sql).
        """

        constraints = (
            models.CheckConstraint(
                condition=Q(account_id=None, lease_id=None, held_since=None)
                | Q(account_id__isnull=False, lease_id__isnull=False, held_since__isnull=False),
                name="rentable_held_exactly_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(held_since=None)
                | Q(quarantined_until=None)
                | Q(held_since__gte=F("quarantined_until")),
                name="rentable_not_held_in_quarantine",
            ),
            models.CheckConstraint(
                condition=Q(ported_at=None) | Q(withdrawn=True, lease_id=None),
                name="rentable_ported_is_nobodys",
            ),
        )
        indexes = (
            # With all that a search looks at: its numbers lie in as many pages of the table.
            models.Index(
                fields=["country", "kind", "e164"],
                include=[*_SEARCHED, "city"],
                name="rentable_free",
                condition=Q(lease_id=None, withdrawn=False),
            ),
            models.Index(
                fields=["country", "kind", "city", "e164"],
                include=_SEARCHED,
                name="rentable_free_of_city",
                condition=Q(lease_id=None, withdrawn=False),
            ),
            # The staff's stock: from place to place, and a place counted without the table.
            models.Index(
                fields=["country", "kind", "city"],
                include=["lease_id", "withdrawn", "quarantined_until"],
                name="rentable_place",
            ),
        )


class Lease(models.Model):
    """A contract about one rented number.

    What was agreed stands in it for good: price, zone, texts. `anchor_at` and `months` say which
    periods were bought (ADR 200); `next_due_at` is when the sweeper is to look, None at the end.
    `settle_due_at` is set while `refunds` owes an answer about how it ended. `for_one_period`:
    notice is given with the order, and again with each period that is bought (ADR 261).
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    key = models.UUIDField()
    number_id = models.UUIDField()
    e164 = models.CharField(max_length=16)
    country = models.CharField(max_length=2)
    kind = models.CharField(max_length=10)
    city = models.CharField(max_length=40, default="")
    carrier = models.CharField(max_length=20)
    supplier = models.CharField(max_length=20)
    state = models.CharField(max_length=11, choices=STATES)
    price_id = models.UUIDField()
    monthly_net_micro = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=40)
    surface = models.CharField(max_length=12)
    key_id = models.UUIDField(null=True)
    sub_account_id = models.UUIDField(null=True)  # for whom it was rented, for good (ADR 433)
    consent_immediate_at = models.DateTimeField()
    texts = models.JSONField()
    documents = models.JSONField()
    fee_kept = models.BooleanField()
    placed_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True)
    anchor_at = models.DateTimeField(null=True)
    months = models.PositiveIntegerField(default=0)  # bought since the anchor
    periods = models.PositiveIntegerField(default=1)  # charged or held in all
    paid_until = models.DateTimeField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0)  # how often, about this period's end
    fee_due_at = models.DateTimeField(null=True)  # when to try again to keep the next fee back
    retry_at = models.DateTimeField(null=True)  # when to ask or charge again
    papers_at = models.DateTimeField(null=True)  # when papers that it waited for were complete
    tries = models.PositiveSmallIntegerField(default=0)  # how often the supplier was asked
    kept_until = models.DateTimeField(null=True)  # the end of grace
    next_due_at = models.DateTimeField(null=True)
    settle_due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    for_one_period = models.BooleanField(default=False)
    leave_reason = models.CharField(max_length=20, default="", blank=True)  # of REASONS, if told
    shown_free = models.PositiveSmallIntegerField(null=True)  # of its place as it was ordered
    supply_id = models.UUIDField(null=True)  # the lease that the supplier knows, if handed over
    taken_back_at = models.DateTimeField(null=True)  # when its holder last took a notice back

    class Meta:
        """What belongs together, and the paths of the sweeper."""

        constraints = (
            models.UniqueConstraint(fields=["account_id", "key"], name="lease_key_once"),
            models.CheckConstraint(
                condition=Q(state__in=_ENDS, ended_at__isnull=False, next_due_at=None)
                | (~Q(state__in=_ENDS) & Q(ended_at=None, end_reason="")),
                name="lease_ended_exactly_at_its_end",
            ),
            models.CheckConstraint(
                condition=Q(state__in=_PENDING, activated_at=None)
                | Q(state__in=[*_SERVED, "grace"], activated_at__isnull=False)
                | Q(state__in=_ENDS),
                name="lease_serves_exactly_once_activated",
            ),
            models.CheckConstraint(
                condition=Q(activated_at=None, anchor_at=None, paid_until=None)
                | Q(
                    activated_at__isnull=False,
                    anchor_at__isnull=False,
                    paid_until__gt=F("anchor_at"),
                ),
                name="lease_is_paid_from_its_activation",
            ),
            models.CheckConstraint(
                condition=Q(state="grace", kept_until__isnull=False)
                | (~Q(state="grace") & Q(kept_until=None)),
                name="lease_in_grace_says_until_when",
            ),
            models.CheckConstraint(
                condition=Q(monthly_net_micro__gt=0), name="lease_costs_something"
            ),
        )
        indexes = (
            models.Index(
                fields=["next_due_at"], name="lease_due", condition=Q(next_due_at__isnull=False)
            ),
            models.Index(
                fields=["settle_due_at"],
                name="lease_to_settle",
                condition=Q(settle_due_at__isnull=False),
            ),
            models.Index(
                fields=["account_id", "sub_account_id"],
                name="lease_of_sub_account",
                condition=Q(sub_account_id__isnull=False),
            ),
        )


class Period(models.Model):
    """A paid month of a lease: what the refund policy calls an order, charged under its own id.

    The first one has no times before the activation; its money is held until then.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    place = models.PositiveIntegerField()  # from 0
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    monthly_net_micro = models.BigIntegerField()
    monthly_tax_micro = models.BigIntegerField()
    setup_net_micro = models.BigIntegerField()
    setup_tax_micro = models.BigIntegerField()
    tax_rate_bp = models.IntegerField()
    currency = models.CharField(max_length=3)
    agreed_at = models.DateTimeField()
    charged_at = models.DateTimeField(null=True)

    class Meta:
        """A period is bought once."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "lease_id", "place"], name="period_once_in_its_lease"
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="period_lasts",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None) | Q(charged_at__isnull=False),
                name="period_runs_only_when_charged",
            ),
            models.CheckConstraint(
                condition=Q(place=0) | Q(setup_net_micro=0, setup_tax_micro=0),
                name="period_has_a_set_up_only_as_the_first",
            ),
        )


class Holding(models.Model):
    """A time in which somebody had a number: the history of its assignment (LD-H7)."""

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    number_id = models.UUIDField()
    e164 = models.CharField(max_length=16)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField(null=True)

    class Meta:
        """The path from a number to whoever had it at a moment."""

        constraints = (
            models.CheckConstraint(
                condition=Q(until_at=None) | Q(until_at__gte=F("from_at")),
                name="holding_ends_after_it_began",
            ),
            models.UniqueConstraint(
                fields=["account_id", "lease_id", "number_id"], name="holding_once_in_a_lease"
            ),
        )
        indexes = (models.Index(fields=["e164", "from_at"], name="holding_of_number"),)


class Replacement(models.Model):
    """That a rented number was lost, what was offered for it, and what became of that (ADR 300).

    `words` are the carrier's own, None where it said none. The history of who had which number
    stands in Holding.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    because = models.CharField(max_length=7, choices=[(each.value, each.value) for each in Because])
    reason = models.CharField(max_length=16, blank=True)  # of a block, as the policy sorts it
    words = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    old_e164 = models.CharField(max_length=16)
    new_e164 = models.CharField(max_length=16, blank=True)
    state = models.CharField(
        max_length=8, choices=[(each.value, each.value) for each in OfferState]
    )
    made_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)  # while it is offered
    closed_at = models.DateTimeField(null=True)
    actor = models.CharField(max_length=40)  # whose word closed it, or made it

    class Meta:
        """One offer at a time, and what belongs to each end."""

        constraints = (
            models.CheckConstraint(
                condition=Q(state="offered", answer_by__isnull=False, closed_at=None)
                | (~Q(state="offered") & Q(answer_by=None, closed_at__isnull=False)),
                name="replacement_waits_exactly_while_offered",
            ),
            models.CheckConstraint(
                condition=(Q(state="accepted") & ~Q(new_e164=""))
                | (~Q(state="accepted") & Q(new_e164="")),
                name="replacement_has_its_number_exactly_when_accepted",
            ),
            models.UniqueConstraint(
                fields=["account_id", "lease_id"],
                condition=Q(state="offered"),
                name="replacement_offered_once_at_a_time",
            ),
        )
        indexes = (
            models.Index(
                fields=["answer_by"],
                name="replacement_due",
                condition=Q(answer_by__isnull=False),
            ),
            models.Index(fields=["account_id", "lease_id"], name="replacement_of_lease"),
        )


class Label(models.Model):
    """What a customer calls a rented number; without a row it has no name but its digits."""

    pk = models.CompositePrimaryKey("account_id", "lease_id")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    text = SealedField(klass=KeyClass.IDENTITY)
    changed_at = models.DateTimeField()


class Ending(models.Model):
    """Why we ended a lease ourselves: a word of CAUSES, who did it, and what its holder reads."""

    pk = models.CompositePrimaryKey("account_id", "lease_id")
    account_id = models.BigIntegerField()
    lease_id = models.UUIDField()
    cause = models.CharField(max_length=10)
    words = SealedField(klass=KeyClass.COMMUNICATION)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()


class HandoverState(models.TextChoices):
    """Whose word a handover waits for, or how it ended."""

    OFFERED = "offered"  # for the receiver's
    ACCEPTED = "accepted"  # for the giver's second one
    DONE = "done"
    WITHDRAWN = "withdrawn"  # by the giver
    DECLINED = "declined"  # by the receiver
    LAPSED = "lapsed"
    VOID = "void"  # the lease ended otherwise


HANDOVER_OPEN: Final = (HandoverState.OFFERED.value, HandoverState.ACCEPTED.value)


class Handover(models.Model):
    """A lease on its way to another customer (ADR 290). The row is the giver's.

    `to_account_id` is found after the offer, so that the giver does not learn whether there is
    such an account; `price_id` and what follows is what the receiver agreed to.
    `due_at` is when the sweeper is to look, None at the end.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    e164 = models.CharField(max_length=16)
    state = models.CharField(max_length=9, choices=HandoverState, default=HandoverState.OFFERED)
    to_email = SealedField(klass=KeyClass.IDENTITY, null=True)
    to_account_id = models.BigIntegerField(null=True)
    to_lease_id = models.UUIDField(null=True)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    accepted_at = models.DateTimeField(null=True)
    price_id = models.UUIDField(null=True)
    monthly_net_micro = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    texts = models.JSONField(default=list)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One at a time for a lease; what belongs together; the paths of both sides."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "lease_id"],
                condition=Q(state__in=HANDOVER_OPEN),
                name="handover_one_open_for_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=HANDOVER_OPEN, due_at__isnull=False, ended_at=None)
                | (~Q(state__in=HANDOVER_OPEN) & Q(due_at=None, ended_at__isnull=False)),
                name="handover_is_due_until_it_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "done"])
                | Q(
                    to_account_id__isnull=False,
                    accepted_at__isnull=False,
                    price_id__isnull=False,
                    monthly_net_micro__isnull=False,
                ),
                name="handover_accepted_by_somebody_at_a_price",
            ),
            models.CheckConstraint(
                condition=Q(state="done", to_lease_id__isnull=False)
                | (~Q(state="done") & Q(to_lease_id=None)),
                name="handover_done_exactly_with_a_new_lease",
            ),
            models.CheckConstraint(
                condition=Q(to_account_id=None) | ~Q(to_account_id=F("account_id")),
                name="handover_is_to_somebody_else",
            ),
        )
        indexes = (
            models.Index(fields=["due_at"], name="handover_due", condition=Q(due_at__isnull=False)),
            models.Index(fields=["to_account_id", "id"], name="handover_of_receiver"),
        )


class PortOutState(models.TextChoices):
    """Where a port-out stands; the last three are final."""

    ASKED = "asked"
    SET = "set"  # code and date are there
    DONE = "done"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # by the holder, or because the lease ended otherwise


PORT_OUT_OPEN: Final = (PortOutState.ASKED.value, PortOutState.SET.value)


class PortOut(models.Model):
    """A holder's wish to take his number to another provider (ADR 291).

    `code` is what the other provider asks for: sealed, shown to the holder alone, gone at the end.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    case_number = models.BigIntegerField()
    state = models.CharField(max_length=9, choices=PortOutState, default=PortOutState.ASKED)
    asked_at = models.DateTimeField()
    port_on = models.DateField(null=True)
    code = SealedField(klass=KeyClass.IDENTITY, null=True)
    refusal = models.CharField(max_length=12, blank=True)  # of PORT_REFUSALS
    words = SealedField(klass=KeyClass.COMMUNICATION, null=True)
    actor = models.CharField(max_length=40, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        """One at a time for a lease; a code exactly while it is of use."""

        constraints = (
            models.UniqueConstraint(
                fields=["account_id", "lease_id"],
                condition=Q(state__in=PORT_OUT_OPEN),
                name="port_out_one_open_for_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state="set", code__isnull=False, port_on__isnull=False)
                | (~Q(state="set") & Q(code=None)),
                name="port_out_has_a_code_while_it_is_set",
            ),
            models.CheckConstraint(
                condition=Q(state__in=PORT_OUT_OPEN, ended_at=None)
                | (~Q(state__in=PORT_OUT_OPEN) & Q(ended_at__isnull=False)),
                name="port_out_ended_exactly_at_its_end",
            ),
        )
        indexes = (
            models.Index(
                fields=["asked_at"],
                name="port_out_open",
                condition=Q(state__in=PORT_OUT_OPEN),
            ),
        )


class Verb(models.TextChoices):
    """What a supplier is told about a lease."""

    RENEW = "renew"  # another period was paid
    STOP = "stop"  # it ended


class Instruction(models.Model):
    """Something that a supplier is to be told once; `due_at` is when to try again, None after it.

    `answer` is what he said: a word of ports.Told, or that nobody could be asked any more.
    """

    pk = models.CompositePrimaryKey("account_id", "id")
    account_id = models.BigIntegerField()
    id = models.UUIDField()
    lease_id = models.UUIDField()
    supplier = models.CharField(max_length=20)
    reference = models.CharField(max_length=32)
    e164 = models.CharField(max_length=16)
    verb = models.CharField(max_length=5, choices=Verb)
    made_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, blank=True)

    class Meta:
        """Either due or done; the path of the sweeper."""

        constraints = (
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, done_at=None, answer="")
                | Q(due_at=None, done_at__isnull=False),
                name="instruction_is_due_or_done",
            ),
        )
        indexes = (
            models.Index(
                fields=["due_at"], name="instruction_due", condition=Q(due_at__isnull=False)
            ),
            models.Index(fields=["account_id", "lease_id"], name="instruction_of_lease"),
        )
