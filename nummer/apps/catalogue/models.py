"""Tables of the catalogue; reference data, about nobody."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from nummer.apps.catalogue.call_models import CallCost, CallRate, CallRoute
from nummer.apps.vault.fields import SealedField
from nummer.apps.vault.keys import KeyClass

__all__ = [
    "CallCost",
    "CallRate",
    "CallRoute",
    "Carrier",
    "City",
    "Country",
    "LeasePrice",
    "LeaseTerms",
    "ListState",
    "Notice",
    "NoticeKind",
    "Parity",
    "Partner",
    "PartnerPush",
    "Price",
    "RateStamp",
    "Service",
    "SmsCost",
    "SmsList",
    "SmsListLine",
    "SmsQuality",
    "SmsRate",
    "SmsRoute",
    "TaxRate",
]

_PREFIX_MAX: Final = 15  # ITU-T E.164, section 6.1
_DIGITS: Final = r"^[0-9]*$"


class Country(models.Model):
    """A country, and the number that programs of the sms-activate family know it by."""

    code = models.CharField(max_length=2, primary_key=True)  # ISO 3166
    activate_id = models.SmallIntegerField(null=True, unique=True)


class Carrier(models.Model):
    """Who carries the messages of some of a country's numbers."""

    code = models.CharField(max_length=20)
    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    name = models.CharField(max_length=60)

    class Meta:
        """A carrier stands once in each country."""

        constraints = (
            models.UniqueConstraint(fields=["country", "code"], name="carrier_once_per_country"),
        )


class Service(models.Model):
    """Something one can register with; staff switch it on and off."""

    code = models.CharField(max_length=8, primary_key=True)
    name = models.CharField(max_length=60)
    enabled = models.BooleanField(default=False)
    window_s = models.PositiveIntegerField()
    version = models.PositiveIntegerField()  # of services.yaml, when the row was last written

    class Meta:
        """A window is neither a moment nor a rental."""

        constraints = (
            models.CheckConstraint(
                condition=Q(window_s__gte=60, window_s__lte=86_400),
                name="service_window_is_a_minute_to_a_day",
            ),
        )


class TaxRate(models.Model):
    """What consumers of a country pay on top, in hundredths of a per cent, from a day on."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    rate_bp = models.PositiveSmallIntegerField()
    from_on = models.DateField()

    class Meta:
        """One rate begins on a day."""

        constraints = (
            models.UniqueConstraint(fields=["country", "from_on"], name="tax_rate_one_per_day"),
            models.CheckConstraint(
                condition=Q(rate_bp__lte=10_000), name="tax_rate_is_at_most_the_price"
            ),
        )


class Price(models.Model):
    """A list price without tax, from a moment on until the next row's; without a sum: no offer."""

    id = models.UUIDField(primary_key=True, editable=False)
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    currency = models.CharField(max_length=3)
    net_micro = models.BigIntegerField(null=True)
    from_at = models.DateTimeField()

    class Meta:
        """Prices follow one another, so two never hold at once."""

        constraints = (
            models.UniqueConstraint(
                fields=["service", "country", "currency", "from_at"],
                name="price_one_begins_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(net_micro=None) | Q(net_micro__gt=0), name="price_is_positive"
            ),
        )


class LeasePrice(models.Model):
    """What a number for rent costs by the month, and once, without tax; without a sum: no offer."""

    id = models.UUIDField(primary_key=True, editable=False)
    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10)
    currency = models.CharField(max_length=3)
    monthly_net_micro = models.BigIntegerField(null=True)
    setup_net_micro = models.BigIntegerField()
    from_at = models.DateTimeField()

    class Meta:
        """Prices follow one another, so two never hold at once."""

        constraints = (
            models.UniqueConstraint(
                fields=["country", "kind", "currency", "from_at"],
                name="lease_price_one_begins_at_a_moment",
            ),
            models.CheckConstraint(
                condition=(Q(monthly_net_micro=None) | Q(monthly_net_micro__gt=0))
                & Q(setup_net_micro__gte=0),
                name="lease_price_is_positive",
            ),
        )


class LeaseTerms(models.Model):
    """What holds for the numbers for rent of a country and kind, beside their price."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10)
    delivery_h = models.PositiveSmallIntegerField()  # within which a number works; 0: at once
    papers = models.JSONField(default=list)  # kinds of papers that are needed first

    class Meta:
        """Terms stand once."""

        constraints = (
            models.UniqueConstraint(fields=["country", "kind"], name="lease_terms_stand_once"),
        )


class City(models.Model):
    """A city that numbers for rent belong to; `code` names it in addresses of pages."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT)
    code = models.CharField(max_length=40)
    region = models.CharField(max_length=6, blank=True)  # ISO 3166-2
    region_name = models.CharField(max_length=60, blank=True)
    area = models.CharField(max_length=6, blank=True)  # the digits of its area code
    names = models.JSONField()  # `here` as it is called at home, and by language where different

    class Meta:
        """A city stands once in its country."""

        constraints = (
            models.UniqueConstraint(fields=["country", "code"], name="city_once_per_country"),
        )


class NoticeKind(models.TextChoices):
    """What a notice is for."""

    RESTRICTION = "restriction"  # what the customer keeps to
    RESPONSIBILITY = "responsibility"  # who answers for what
    HELP = "help"  # what to do when something goes wrong


class Notice(models.Model):
    """A text beside the order button in one language; its words never change."""

    code = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=5)
    kind = models.CharField(max_length=14, choices=NoticeKind)
    text = models.TextField()
    from_at = models.DateTimeField()

    class Meta:
        """A version of a text stands once in each language."""

        constraints = (
            models.UniqueConstraint(
                fields=["code", "version", "language"], name="notice_version_once_per_language"
            ),
        )


class Partner(models.Model):
    """Who owns the numbers of a carrier and brings their SMS by the protocol of partners.

    One key for both directions, as the protocol has it: he shows it to us, we show it to him.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20, unique=True)
    key_sha256 = models.BinaryField(unique=True)
    key = SealedField(klass=KeyClass.IDENTITY)
    url = models.CharField(max_length=300, blank=True)
    added_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)


class PartnerPush(models.Model):
    """A push that was taken; the same one again changes nothing."""

    pk = models.CompositePrimaryKey("partner_id", "push_id")
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, db_index=False)
    push_id = models.BigIntegerField()
    taken_at = models.DateTimeField()

    class Meta:
        """Old ones go, oldest first."""

        indexes = (models.Index(fields=["taken_at"], name="partner_push_taken"),)


class SmsRate(models.Model):
    """What a part of an SMS costs the customer, without tax; without a sum the prefix ends.

    `local` rates hold only for numbers of the same country as ours, and go before others there.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    currency = models.CharField(max_length=3)
    local = models.BooleanField()
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)  # digits; empty is every number
    net_micro = models.BigIntegerField(null=True)
    from_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)  # why it may be below cost

    class Meta:
        """Rates follow one another, so two never hold at once; found by prefix."""

        constraints = (
            models.UniqueConstraint(
                fields=["prefix", "currency", "local", "from_at"],
                name="sms_rate_one_begins_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(net_micro=None) | Q(net_micro__gt=0), name="sms_rate_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="sms_rate_prefix_is_digits"
            ),
        )


class SmsCost(models.Model):
    """What a part of an SMS costs us with a carrier; without a sum the prefix ends."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)
    destination = models.CharField(max_length=100, blank=True)  # in the carrier's words
    currency = models.CharField(max_length=3)
    cost_micro = models.BigIntegerField(null=True)
    from_at = models.DateTimeField()
    import_id = models.UUIDField(null=True)  # the list it came with
    reason = models.CharField(max_length=200, blank=True)  # why it may be above what it brings

    class Meta:
        """Costs follow one another, so two never hold at once; found by prefix."""

        constraints = (
            models.UniqueConstraint(
                fields=["prefix", "carrier", "from_at"], name="sms_cost_one_begins_at_a_moment"
            ),
            models.CheckConstraint(
                condition=Q(cost_micro=None) | Q(cost_micro__gte=0),
                name="sms_cost_is_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="sms_cost_prefix_is_digits"
            ),
        )
        indexes = (models.Index(fields=["carrier", "prefix", "from_at"], name="sms_cost_list"),)


class SmsRoute(models.Model):
    """Whether and in which order a carrier takes SMS to a prefix; his longest prefix decides."""

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    supplier = models.CharField(max_length=20)  # who sends the bill
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)
    enabled = models.BooleanField()
    priority = models.PositiveSmallIntegerField()  # low goes first
    throughput_per_s = models.PositiveIntegerField()

    class Meta:
        """A carrier has one word about a prefix."""

        constraints = (
            models.UniqueConstraint(fields=["prefix", "carrier"], name="sms_route_once"),
            models.CheckConstraint(
                condition=Q(prefix__regex=_DIGITS), name="sms_route_prefix_is_digits"
            ),
            models.CheckConstraint(
                condition=Q(throughput_per_s__gt=0), name="sms_route_lets_something_through"
            ),
        )


class SmsQuality(models.Model):
    """What came of the latest SMS that a carrier took for a prefix, as our own rows say."""

    carrier = models.CharField(max_length=20)
    prefix = models.CharField(max_length=_PREFIX_MAX, blank=True)
    sent = models.PositiveIntegerField()
    delivered = models.PositiveIntegerField()
    delay_ms = models.PositiveIntegerField(null=True)  # the median until a receipt said delivered
    measured_at = models.DateTimeField()

    class Meta:
        """The latest measurement stands, no other."""

        constraints = (
            models.UniqueConstraint(fields=["prefix", "carrier"], name="sms_quality_once"),
            models.CheckConstraint(
                condition=Q(delivered__lte=models.F("sent")),
                name="sms_quality_delivers_what_was_sent",
            ),
        )


class Parity(models.Model):
    """What a unit of a currency counts where costs and prices are compared, in micro-euros.

    Nothing is ever converted or charged by it.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    currency = models.CharField(max_length=3)
    euro_micro = models.BigIntegerField()
    from_at = models.DateTimeField()

    class Meta:
        """Parities follow one another."""

        constraints = (
            models.UniqueConstraint(
                fields=["currency", "from_at"], name="parity_one_begins_at_a_moment"
            ),
            models.CheckConstraint(condition=Q(euro_micro__gt=0), name="parity_is_positive"),
        )


class RateStamp(models.Model):
    """How often rates, costs, routes or parities changed: what a process remembers has its number.

    One row, written by each such change, so that changes wait for one another.
    """

    id = models.SmallIntegerField(primary_key=True)
    stamp = models.BigIntegerField()

    class Meta:
        """There is one."""

        constraints = (models.CheckConstraint(condition=Q(id=1), name="rate_stamp_is_one_row"),)


class ListState(models.TextChoices):
    """Where a price list stands."""

    COMPARING = "comparing"
    READY = "ready"
    TAKEN = "taken"
    DROPPED = "dropped"


class SmsList(models.Model):
    """A carrier's price list: compared with what holds, then taken over or dropped by a person.

    `stamp` is what the rates had when it was compared; `content` goes with the comparison's end.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    carrier = models.CharField(max_length=20)
    currency = models.CharField(max_length=3)
    decimal = models.CharField(max_length=1)
    whole = models.BooleanField()  # what it does not name is gone
    from_at = models.DateTimeField()  # for lines without a day, or whose day has come
    state = models.CharField(max_length=9, choices=ListState)
    actor = models.CharField(max_length=60)
    created_at = models.DateTimeField()
    content = models.BinaryField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    stamp = models.BigIntegerField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        """An end has a moment and a person."""

        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=["taken", "dropped"], ended_at__isnull=False)
                | Q(state__in=["comparing", "ready"], ended_at=None, ended_by=""),
                name="sms_list_ended_exactly_at_its_end",
            ),
        )


class SmsListLine(models.Model):
    """A prefix of a price list beside what held when it was compared."""

    pk = models.CompositePrimaryKey("list_id", "prefix")
    list_id = models.UUIDField()
    prefix = models.CharField(max_length=_PREFIX_MAX)
    line = models.PositiveIntegerField(null=True)
    destination = models.CharField(max_length=100, blank=True)
    change = models.CharField(max_length=7)
    cost_micro = models.BigIntegerField(null=True)
    before_micro = models.BigIntegerField(null=True)
    before_currency = models.CharField(max_length=3, blank=True)
    change_bp = models.IntegerField(null=True)
    from_at = models.DateTimeField()
    sold_micro = models.BigIntegerField(null=True)
    sold_currency = models.CharField(max_length=3, blank=True)
    margin_bp = models.IntegerField(null=True)
    loss = models.BooleanField()

    class Meta:
        """The way to what matters most."""

        indexes = (
            models.Index(fields=["list_id", "change", "prefix"], name="sms_list_line_change"),
            models.Index(
                fields=["list_id", "prefix"], name="sms_list_line_loss", condition=Q(loss=True)
            ),
        )
