"""Carriers' price lists: read strictly, compared with what holds, taken over once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from nummer.apps.audit.models import Line
from nummer.apps.catalogue import sms_lists, sms_pricing
from nummer.apps.catalogue.errors import (
    CarrierCodeRefused,
    ListBroken,
    ListColumnMissing,
    ListCurrencyRefused,
    ListDateRefused,
    ListEmpty,
    ListFieldsRefused,
    ListNotReady,
    ListPrefixRefused,
    ListPrefixTwice,
    ListPriceRefused,
    ListSellsBelowCost,
    NoParity,
    NoSuchList,
    PriceInThePast,
    ReasonRefused,
    SoldBelowCost,
)
from nummer.apps.catalogue.models import SmsCost, SmsList, SmsRate
from nummer.apps.catalogue.sms_lists import Change, ListForm, ListState, read_list
from nummer.apps.catalogue.sms_pricing import CostLine, RateLine
from nummer.apps.catalogue.sms_rates import earning, routes_to, sms_quote
from nummer.kernel.errors import Refusal
from nummer.kernel.ids import new_id
from nummer.kernel.money import Money
from nummer.kernel.phone import PhoneNumber

EUR = ListForm("EUR", ".")
OSLO = PhoneNumber("+4721234567")
WHY = "Agreed for the launch campaign."


def eur(text: str) -> Money:
    return Money.parse(text, "EUR")


def costs(now: datetime, *rows: tuple[str, str], carrier: str = "one") -> None:
    sms_pricing.add_costs(
        [CostLine(prefix, "", eur(cost), "EUR") for prefix, cost in rows],
        carrier=carrier,
        from_at=now,
        actor="staff:1",
        now=now,
    )


def rates(now: datetime, *rows: tuple[str, str], reason: str = "", local: bool = False) -> None:
    sms_pricing.add_rates(
        [RateLine(prefix, local=local, net=eur(net), currency="EUR") for prefix, net in rows],
        from_at=now,
        actor="staff:1",
        now=now,
        reason=reason,
    )


def route(now: datetime, *, carrier: str = "one", enabled: bool = True) -> None:
    sms_pricing.set_route(
        carrier=carrier,
        supplier=carrier,
        prefix="",
        enabled=enabled,
        priority=1,
        throughput_per_s=10,
        actor="staff:1",
        now=now,
    )


def brought(text: str, now: datetime, *, whole: bool = True, compare: bool = True) -> UUID:
    list_id = sms_lists.start_list(
        text.encode(),
        carrier="one",
        form=EUR,
        whole=whole,
        from_at=now,
        actor="staff:1",
        now=now,
    )
    if compare:
        sms_lists.compare_list(list_id)
    return list_id


def changes(list_id: UUID) -> dict[str, Change]:
    return {row.prefix: row.change for row in sms_lists.list_lines(list_id)}


@pytest.mark.parametrize(
    ("text", "form"),
    [
        pytest.param("prefix,price\n47,0.034\n", EUR, id="the smallest"),
        pytest.param(
            "Destination;Code;Price per SMS;Effective Date\nNorway;+47;0,034;01.12.2026\n",
            ListForm("EUR", ","),
            id="semicolons, comma, dotted day",
        ),
        pytest.param(
            "\ufeffLand\tVorwahl\tPreis\tWährung\tgültig ab\r\n"
            "Norwegen\t47\t0,034\tEUR\t2026-12-01\r\n",
            ListForm("EUR", ","),
            id="German, tabs, byte order mark",
        ),
        pytest.param(
            'Dial  Code,MCC,Rate,Network\n47,242,0.034,"Telenor, Norway"\n\n',
            EUR,
            id="a column that nobody knows, a comma in quotes, a blank line",
        ),
    ],
)
def test_common_forms_are_read(text: str, form: ListForm) -> None:
    (line,) = read_list(text.encode(), form=form)

    assert (line.line, line.prefix, line.cost) == (2, "47", eur("0.034"))
    assert line.from_at in (None, datetime(2026, 12, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "refusal", "data"),
    [
        pytest.param("", ListEmpty, {}, id="nothing"),
        pytest.param("prefix,price\n", ListEmpty, {}, id="a heading alone"),
        pytest.param("prefix,to\n47,1\n", ListColumnMissing, {"column": "price"}, id="no price"),
        pytest.param(
            "prefix,code,price\n47,47,1\n", ListColumnMissing, {"column": "prefix"}, id="two"
        ),
        pytest.param(
            "prefix,price\n47,0.1\n48\n", ListFieldsRefused, {"line": 3, "columns": 2}, id="short"
        ),
        pytest.param(
            "Code,Price\n47,0.1\n4 8,0.1\n",
            ListPrefixRefused,
            {"line": 3, "column": "Code"},
            id="a space in a prefix",
        ),
        pytest.param(
            "Code,Price\n0047,0.1\n", ListPrefixRefused, {"line": 2, "column": "Code"}, id="zeros"
        ),
        pytest.param(
            "Code,Price\n4.7E+10,0.1\n",
            ListPrefixRefused,
            {"line": 2, "column": "Code"},
            id="what a spreadsheet made of it",
        ),
        pytest.param(
            'Code,Price\n"47, 48",0.1\n',
            ListPrefixRefused,
            {"line": 2, "column": "Code"},
            id="two prefixes",
        ),
        pytest.param(
            'Code,Price\n47,"0,1"\n',
            ListPriceRefused,
            {"line": 2, "column": "Price", "decimal": "."},
            id="the other decimal sign",
        ),
        pytest.param(
            "Code,Price\n47,1.000.000\n",
            ListPriceRefused,
            {"line": 2, "column": "Price", "decimal": "."},
            id="points between thousands",
        ),
        pytest.param(
            "Code,Price\n47,0.1234567\n",
            ListPriceRefused,
            {"line": 2, "column": "Price", "decimal": "."},
            id="less than a micro-unit",
        ),
        pytest.param(
            "Code,Price\n47,-0.1\n",
            ListPriceRefused,
            {"line": 2, "column": "Price", "decimal": "."},
            id="negative",
        ),
        pytest.param(
            "Code,Price\n47,\u0660.\u0661\n",
            ListPriceRefused,
            {"line": 2, "column": "Price", "decimal": "."},
            id="digits of another script",
        ),
        pytest.param(
            "Code,Price,From\n47,0.1,12/01/2026\n",
            ListDateRefused,
            {"line": 2, "column": "From"},
            id="a day that reads two ways",
        ),
        pytest.param(
            "Code,Price,From\n47,0.1,2026-02-30\n",
            ListDateRefused,
            {"line": 2, "column": "From"},
            id="a day that is none",
        ),
        pytest.param(
            "Code,Price,Currency\n47,0.1,USD\n",
            ListCurrencyRefused,
            {"line": 2, "column": "Currency", "currency": "EUR"},
            id="another currency",
        ),
        pytest.param(
            "Code,Price\n47,0.1\n46,0.1\n+47,0.1\n",
            ListPrefixTwice,
            {"line": 4, "first": 2, "column": "Code"},
            id="twice",
        ),
        pytest.param('Code,Price\n"47,0.1\n', ListBroken, {"line": 2}, id="an open quote"),
        pytest.param("Code,Price\n47,0.1\n46\x00,0.1\n", ListBroken, {"line": 3}, id="NUL"),
    ],
)
def test_what_is_not_plain_is_refused_with_line_and_column(
    text: str, refusal: type[Refusal], data: dict[str, object]
) -> None:
    with pytest.raises(refusal) as refused:
        read_list(text.encode(), form=EUR)

    assert refused.value.data == data


def test_bytes_of_another_encoding_are_refused_with_their_line() -> None:
    with pytest.raises(ListBroken) as refused:
        read_list("Code,Price\n47,0.1\nØ,1\n".encode("latin-1"), form=EUR)

    assert refused.value.data == {"line": 3}


@pytest.mark.usefixtures("catalogue")
class TestTakingOver:
    def test_differences_say_what_is_new_dearer_cheaper_and_gone(self, now: datetime) -> None:
        costs(now, ("47", "0.04"), ("46", "0.04"), ("45", "0.04"), ("44", "0.04"))

        list_id = brought("prefix,price\n47,0.05\n46,0.03\n45,0.04\n49,0.06\n", now)

        assert changes(list_id) == {
            "44": Change.GONE,
            "45": Change.SAME,
            "46": Change.CHEAPER,
            "47": Change.DEARER,
            "49": Change.NEW,
        }
        rows = {row.prefix: row for row in sms_lists.list_lines(list_id)}
        assert rows["47"].change_bp == 2_500
        assert rows["46"].change_bp == -2_500
        assert (rows["47"].before, rows["47"].after) == (eur("0.04"), eur("0.05"))
        assert sms_lists.price_list(list_id).counts[Change.NEW] == 1
        assert SmsCost.objects.count() == 4

    def test_a_list_of_changes_leaves_what_it_does_not_name(self, now: datetime) -> None:
        costs(now, ("47", "0.04"), ("46", "0.04"))

        list_id = brought("prefix,price\n47,0.05\n", now, whole=False)

        assert changes(list_id) == {"47": Change.DEARER}

    def test_taken_over_it_holds_from_its_days_on(self, now: datetime) -> None:
        costs(now - timedelta(days=1), ("47", "0.04"), ("46", "0.04"))
        route(now)
        list_id = brought("prefix,price,from\n47,0.05,2026-12-01\n", now)

        sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)

        day = datetime(2026, 12, 1, tzinfo=UTC)
        before = routes_to(to=OSLO, now=day - timedelta(seconds=1))
        assert [row.cost for row in before] == [eur("0.04")]
        assert [row.cost for row in routes_to(to=OSLO, now=day)] == [eur("0.05")]
        assert routes_to(to=PhoneNumber("+4681234567"), now=day) == []

    def test_twice_is_once(self, now: datetime) -> None:
        list_id = brought("prefix,price\n47,0.05\n46,0.05\n", now)
        sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)
        after = list(SmsCost.objects.order_by("id").values())
        lines = Line.objects.count()

        sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)

        assert list(SmsCost.objects.order_by("id").values()) == after
        assert Line.objects.count() == lines
        assert sms_lists.price_list(list_id).state == ListState.TAKEN
        line = Line.objects.get(verb="price_list_taken")
        assert (line.actor, line.row) == ("staff:2", str(list_id))

    def test_a_later_list_mends_one_of_the_same_day(self, now: datetime) -> None:
        route(now)
        day = datetime(2026, 12, 1, tzinfo=UTC)
        wrong = brought("prefix,price,from\n47,0.50,2026-12-01\n46,0.04,2026-12-01\n", now)
        sms_lists.take_over(wrong, reason="", actor="staff:2", now=now)

        for cost in ("0.05", "0.06"):
            text = f"prefix,price,from\n47,{cost},2026-12-01\n46,0.04,2026-12-01\n"
            mended = brought(text, now)
            kinds = changes(mended)
            sms_lists.take_over(mended, reason="", actor="staff:2", now=now)

            assert kinds["46"] == Change.SAME
            at = day + timedelta(milliseconds=1)
            assert [row.cost for row in routes_to(to=OSLO, now=at)] == [eur(cost)]
        assert kinds["47"] == Change.DEARER
        assert SmsCost.objects.filter(prefix="46").count() == 1

    def test_what_would_be_sold_below_cost_needs_a_reason(self, now: datetime) -> None:
        route(now)
        rates(now, ("47", "0.05"), ("46", "0.05"))
        list_id = brought("prefix,price\n47,0.06\n46,0.04\n", now)
        assert [row.prefix for row in sms_lists.list_lines(list_id, losses_only=True)] == ["47"]
        assert sms_lists.price_list(list_id).losses == 1

        with pytest.raises(ListSellsBelowCost) as refused:
            sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)
        with pytest.raises(ReasonRefused):
            sms_lists.take_over(list_id, reason="because", actor="staff:2", now=now)

        assert refused.value.data == {"count": 1}
        assert SmsCost.objects.count() == 0
        sms_lists.take_over(list_id, reason=WHY, actor="staff:2", now=now)
        kept = dict(SmsCost.objects.values_list("prefix", "reason"))
        assert kept == {"46": "", "47": WHY}
        assert sms_lists.price_list(list_id).reason == WHY
        quote = sms_quote(
            to=OSLO, ours_country="SE", currency="EUR", customer_country="US", now=now
        )
        assert len(earning(routes_to(to=OSLO, now=now), quote=quote)) == 1

    def test_a_longer_rate_that_a_cost_serves_counts_too(self, now: datetime) -> None:
        route(now)
        rates(now, ("47", "0.09"), ("4721", "0.05"))

        list_id = brought("prefix,price\n47,0.06\n", now)

        (row,) = sms_lists.list_lines(list_id)
        assert (row.loss, row.sold, row.margin_bp) == (True, eur("0.05"), -2_000)

    def test_a_local_rate_does_not_reach_under_a_longer_one(self, now: datetime) -> None:
        route(now)
        rates(now, ("47", "0.09"), ("4782", "0.90"))
        rates(now, ("47", "0.05"), local=True)

        list_id = brought("prefix,price\n4782,0.60\n", now)

        (row,) = sms_lists.list_lines(list_id)
        assert (row.loss, row.sold) == (False, eur("0.90"))

    def test_a_carrier_that_is_not_routed_loses_nothing(self, now: datetime) -> None:
        route(now, enabled=False)
        rates(now, ("47", "0.05"))

        assert not sms_lists.list_lines(brought("prefix,price\n47,0.06\n", now))[0].loss

    def test_a_list_is_compared_anew_where_something_changed(self, now: datetime) -> None:
        list_id = brought("prefix,price\n47,0.06\n", now)
        costs(now, ("46", "0.04"))

        with pytest.raises(ListNotReady):
            sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)

        assert sms_lists.price_list(list_id).state == ListState.COMPARING
        sms_lists.compare_list(list_id)
        assert changes(list_id) == {"46": Change.GONE, "47": Change.NEW}
        sms_lists.take_over(list_id, reason="", actor="staff:2", now=now + timedelta(hours=1))
        assert SmsCost.objects.count() == 3

    def test_a_comparison_that_was_killed_goes_on(
        self, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from nummer.apps.catalogue.sms_lists import runs

        monkeypatch.setattr(runs, "BATCH_LINES", 2)
        list_id = brought("prefix,price\n41,1\n42,1\n43,1\n44,1\n45,1\n", now, compare=False)
        real = runs._keep

        def killed(*args: object, **named: object) -> bool:
            if named["done"]:
                raise RuntimeError
            return real(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(runs, "_keep", killed)
        with pytest.raises(RuntimeError):
            sms_lists.compare_list(list_id)
        assert (sms_lists.price_list(list_id).done, len(changes(list_id))) == (2, 2)

        monkeypatch.setattr(runs, "_keep", real)
        sms_lists.compare_list(list_id)
        sms_lists.compare_list(list_id)
        row = sms_lists.price_list(list_id)
        assert (row.done, row.total, row.state) == (5, 5, ListState.READY)
        assert len(changes(list_id)) == 5

    def test_a_dropped_list_is_never_taken(self, now: datetime) -> None:
        list_id = brought("prefix,price\n47,0.06\n", now)
        sms_lists.drop_list(list_id, actor="staff:2", now=now)
        sms_lists.drop_list(list_id, actor="staff:2", now=now)

        with pytest.raises(ListNotReady):
            sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)

        assert SmsCost.objects.count() == 0

    def test_a_taken_list_is_not_dropped(self, now: datetime) -> None:
        list_id = brought("prefix,price\n47,0.06\n", now)
        sms_lists.take_over(list_id, reason="", actor="staff:2", now=now)

        with pytest.raises(ListNotReady):
            sms_lists.drop_list(list_id, actor="staff:2", now=now)

    def test_a_bad_file_leaves_nothing(self, now: datetime) -> None:
        with pytest.raises(ListPriceRefused):
            brought("prefix,price\n47,x\n", now)

        assert SmsList.objects.count() == 0

    def test_the_rest_is_refused(self, now: datetime) -> None:
        given = {
            "content": b"prefix,price\n47,1\n",
            "carrier": "one",
            "form": EUR,
            "whole": True,
            "from_at": now,
            "actor": "staff:1",
            "now": now,
        }
        for changed, refusal in (
            ({"carrier": "No Such"}, CarrierCodeRefused),
            ({"from_at": now - timedelta(days=1)}, PriceInThePast),
            ({"form": ListForm("USD", ".")}, NoParity),
        ):
            with pytest.raises(refusal):
                sms_lists.start_list(**{**given, **changed})  # type: ignore[arg-type]
        with pytest.raises(NoSuchList):
            sms_lists.price_list(new_id())


@pytest.mark.usefixtures("catalogue")
class TestRatesBelowCost:
    def test_a_rate_below_every_carrier_needs_a_reason(self, now: datetime) -> None:
        costs(now, ("47", "0.05"))
        costs(now, ("47", "0.06"), carrier="two")
        route(now)
        route(now, carrier="two")

        with pytest.raises(SoldBelowCost) as refused:
            rates(now, ("47", "0.04"))

        assert refused.value.data == {"prefix": "+47", "price": "0.04 EUR", "cost": "0.05 EUR"}
        assert SmsRate.objects.count() == 0
        rates(now, ("47", "0.04"), ("46", "0.04"), reason=WHY)
        assert dict(SmsRate.objects.values_list("prefix", "reason")) == {"46": "", "47": WHY}

    def test_a_dear_part_of_a_cheap_country_counts(self, now: datetime) -> None:
        costs(now, ("47", "0.02"), ("4782", "0.50"))
        route(now)

        with pytest.raises(SoldBelowCost) as refused:
            rates(now, ("47", "0.04"))

        assert refused.value.data["prefix"] == "+4782"
        rates(now, ("47", "0.04"), ("4782", "0.60"))

    def test_one_carrier_that_earns_is_enough(self, now: datetime) -> None:
        costs(now, ("47", "0.05"))
        costs(now, ("47", "0.03"), carrier="two")
        route(now)
        route(now, carrier="two")

        rates(now, ("47", "0.04"))

        assert SmsRate.objects.get().reason == ""
