"""The verbs and reads of carriers' price lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, F, Q
from procrastinate.contrib.django import app as jobs

from nummer.apps.audit import actions as audit
from nummer.apps.catalogue.checking import CARRIER_CODE, one_begins_at_a_moment
from nummer.apps.catalogue.errors import (
    CarrierCodeRefused,
    ListNotReady,
    ListSellsBelowCost,
    NoParity,
    NoSuchList,
    PriceInThePast,
)
from nummer.apps.catalogue.models import (
    ListState,
    SmsList,
    SmsListLine,
)
from nummer.apps.catalogue.sms_book import held_book, held_parities
from nummer.apps.catalogue.sms_lists.comparing import Change, Difference, differences
from nummer.apps.catalogue.sms_lists.reading import ListForm, read_list
from nummer.apps.catalogue.sms_pricing import (
    changed,
    require_reason_form,
)
from nummer.apps.catalogue.sms_rates import rate_stamp
from nummer.kernel.ids import new_id, new_ids
from nummer.kernel.jobs import COMPARE_PRICES
from nummer.kernel.money import Money

BATCH_LINES: Final = 5_000
LINES_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class ListRow:
    """A price list and how far its comparison is."""

    id: UUID
    carrier: str
    currency: str
    whole: bool
    from_at: datetime
    state: ListState
    created_at: datetime
    total: int
    done: int
    ended_at: datetime | None
    reason: str
    counts: Mapping[Change, int]
    losses: int


def start_list(
    content: bytes,
    *,
    carrier: str,
    form: ListForm,
    whole: bool,
    from_at: datetime,
    actor: str,
    now: datetime,
) -> UUID:
    """Read a list, keep it as a draft and have a job compare it; nothing holds by this.

    `whole`: what the carrier's list does not name is gone. Refuses: what `read_list` refuses,
    CarrierCodeRefused, NoParity, PriceInThePast.
    """
    if not CARRIER_CODE.fullmatch(carrier):
        raise CarrierCodeRefused
    if from_at < now:
        raise PriceInThePast
    lines = read_list(content, form=form)
    if form.currency != "EUR" and form.currency not in held_parities(at=from_at):
        raise NoParity(currency=form.currency)
    row = SmsList(
        id=new_id(),
        carrier=carrier,
        currency=form.currency,
        decimal=form.decimal,
        whole=whole,
        from_at=from_at,
        state=ListState.COMPARING,
        actor=actor,
        created_at=now,
        content=content,
        total=len(lines),
    )
    with transaction.atomic():
        row.save(force_insert=True)
        _record(row.id, verb="price_list_brought", actor=actor, now=now)
        jobs.configure_task(name=COMPARE_PRICES).defer(list_id=str(row.id))
    return row.id


def compare_list(list_id: UUID) -> None:
    """Compare what is left of a list, batch by batch; one that is compared is left as it is.

    A change of rates meanwhile begins the comparison anew. Refuses: NoSuchList.
    """
    row = _list(list_id)
    if row.state != ListState.COMPARING:
        return
    stamp = rate_stamp()
    if row.stamp != stamp:
        _begin_anew(row, stamp=stamp)
    form = ListForm(row.currency, row.decimal)
    found = list(
        differences(
            read_list(bytes(row.content), form=form),
            book=held_book(row.carrier, at=row.from_at),
            whole=row.whole,
            from_at=row.from_at,
        )
    )
    SmsList.objects.filter(id=list_id, state=ListState.COMPARING).update(total=len(found))
    remaining, done = islice(found, row.done, None), row.done
    while batch := list(islice(remaining, BATCH_LINES)):
        if not _keep(row.id, batch, done=done, stamp=stamp):
            return  # somebody else is at it
        done += len(batch)
    SmsList.objects.filter(
        id=list_id, state=ListState.COMPARING, done=len(found), stamp=stamp
    ).update(state=ListState.READY)


def take_over(list_id: UUID, *, reason: str, actor: str, now: datetime) -> None:
    """Let a list's costs hold, each from its day on; doing it twice is doing it once.

    With `reason` prefixes may cost more than they bring; their costs keep it. Where rates
    changed since the comparison, it begins anew. Refuses: NoSuchList, ListNotReady,
    ListSellsBelowCost, ReasonRefused, PriceTaken. Locks: the list, the stamp.
    """
    with transaction.atomic():
        row = _list(list_id, lock=True)
        if row.state == ListState.TAKEN:
            return
        changed()
        fresh = row.state == ListState.READY and row.stamp == rate_stamp() - 1
        if fresh:
            _require_reason(row, reason)
            _write_costs(row, reason=reason, now=now)
            _end(row, ListState.TAKEN, reason=reason, actor=actor, now=now)
            return
        transaction.set_rollback(True)  # the stamp stays as it was
    compare_again(list_id)
    raise ListNotReady


def compare_again(list_id: UUID) -> None:
    """Compare a list that waits for a person with what holds now. Refuses: NoSuchList."""
    with transaction.atomic():
        row = _list(list_id, lock=True)
        if row.state == ListState.READY:
            row.state = ListState.COMPARING
            row.save(update_fields=["state"])
            jobs.configure_task(name=COMPARE_PRICES).defer(list_id=str(row.id))


def drop_list(list_id: UUID, *, actor: str, now: datetime) -> None:
    """Put a list aside for good; one that was taken over stays so.

    Refuses: NoSuchList, ListNotReady. Locks: the list.
    """
    with transaction.atomic():
        row = _list(list_id, lock=True)
        if row.state == ListState.DROPPED:
            return
        if row.state == ListState.TAKEN:
            raise ListNotReady
        _end(row, ListState.DROPPED, reason="", actor=actor, now=now)


def price_list(list_id: UUID) -> ListRow:
    """Return one list with its counts. Refuses: NoSuchList."""
    row = _list(list_id)
    counted = SmsListLine.objects.filter(list_id=list_id).values_list("change")
    counts = {Change(change): count for change, count in counted.annotate(Count("prefix"))}
    losses = SmsListLine.objects.filter(list_id=list_id, loss=True).count()
    return _row(row, counts=counts, losses=losses)


def price_lists(*, limit: int = 20) -> list[ListRow]:
    """Return the latest lists, newest first, without their counts."""
    rows = SmsList.objects.defer("content").order_by("-created_at", "-id")[:limit]
    return [_row(row, counts={}, losses=0) for row in rows]


def list_lines(
    list_id: UUID,
    *,
    change: Change | None = None,
    losses_only: bool = False,
    after: str = "",
    limit: int = LINES_PAGE,
) -> list[Difference]:
    """Return differences by prefix, behind the prefix `after`."""
    rows = SmsListLine.objects.filter(list_id=list_id, prefix__gt=after)
    if change is not None:
        rows = rows.filter(change=change)
    if losses_only:
        rows = rows.filter(loss=True)
    currency = SmsList.objects.values_list("currency", flat=True).filter(id=list_id).first() or ""
    return [_difference(row, currency=currency) for row in rows.order_by("prefix")[:limit]]


def _list(list_id: UUID, *, lock: bool = False) -> SmsList:
    """Return a list; its file, which may have many megabytes, is read where somebody asks for it.

    Refuses: NoSuchList.
    """
    rows = SmsList.objects.select_for_update() if lock else SmsList.objects.all()
    row = rows.defer("content").filter(id=list_id).first()
    if row is None:
        raise NoSuchList
    return row


def _begin_anew(row: SmsList, *, stamp: int) -> None:
    with transaction.atomic():
        SmsListLine.objects.filter(list_id=row.id).delete()
        SmsList.objects.filter(id=row.id).update(done=0, stamp=stamp)
    row.done, row.stamp = 0, stamp


def _keep(list_id: UUID, batch: Sequence[Difference], *, done: int, stamp: int) -> bool:
    """Write lines and progress together; whoever comes second writes nothing."""
    with transaction.atomic():
        moved = SmsList.objects.filter(
            id=list_id, state=ListState.COMPARING, done=done, stamp=stamp
        ).update(done=F("done") + len(batch))
        if not moved:
            return False
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in batch:
                copy.write_row((list_id, *_columns(row)))
    return True


_COPY: Final = """
COPY catalogue_smslistline (list_id, prefix, line, destination, change, cost_micro, before_micro,
                            before_currency, change_bp, from_at, sold_micro, sold_currency,
                            margin_bp, loss) FROM STDIN
"""


def _columns(row: Difference) -> tuple[object, ...]:
    return (
        row.prefix,
        row.line,
        row.destination,
        row.change.value,
        None if row.after is None else row.after.micro,
        None if row.before is None else row.before.micro,
        "" if row.before is None else row.before.currency,
        row.change_bp,
        row.from_at,
        None if row.sold is None else row.sold.micro,
        "" if row.sold is None else row.sold.currency,
        row.margin_bp,
        row.loss,
    )


def _require_reason(row: SmsList, reason: str) -> None:
    """Refuses: ListSellsBelowCost, ReasonRefused."""
    require_reason_form(reason)
    losses = SmsListLine.objects.filter(list_id=row.id, loss=True).count()
    if losses and not reason:
        raise ListSellsBelowCost(count=losses)


# Behind what begins at that very moment: a list may mend another of the same day.
_WRITE: Final = """
INSERT INTO catalogue_smscost (id, carrier, prefix, destination, currency, cost_micro, from_at,
                               import_id, reason)
SELECT (%(ids)s::uuid[])[row_number() OVER (ORDER BY l.prefix)], %(carrier)s, l.prefix,
       l.destination, CASE WHEN l.cost_micro IS NULL THEN l.before_currency ELSE %(currency)s END,
       l.cost_micro, b.begins + interval '1 microsecond' * (
         SELECT count(*) FROM catalogue_smscost c
          WHERE c.carrier = %(carrier)s AND c.prefix = l.prefix
            AND c.from_at >= b.begins AND c.from_at < b.begins + interval '1 millisecond'),
       %(list_id)s, CASE WHEN l.loss THEN %(reason)s ELSE '' END
  FROM catalogue_smslistline l,
       LATERAL (SELECT greatest(l.from_at, %(now)s) AS begins) b
 WHERE l.list_id = %(list_id)s AND (l.change <> 'same' OR l.loss)
"""


def _write_costs(row: SmsList, *, reason: str, now: datetime) -> None:
    """Refuses: PriceTaken."""
    wanted = SmsListLine.objects.filter(list_id=row.id).filter(
        ~Q(change=Change.SAME) | Q(loss=True)
    )
    values: dict[str, Any] = {
        "ids": new_ids(wanted.count()),
        "carrier": row.carrier,
        "currency": row.currency,
        "now": now,
        "list_id": row.id,
        "reason": reason,
    }
    with one_begins_at_a_moment(), connection.cursor() as cursor:
        cursor.execute(_WRITE, values)


def _end(row: SmsList, state: ListState, *, reason: str, actor: str, now: datetime) -> None:
    row.state, row.ended_at, row.ended_by, row.reason = state, now, actor, reason
    row.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    _record(row.id, verb=f"price_list_{state.value}", actor=actor, now=now)


def _record(list_id: UUID, *, verb: str, actor: str, now: datetime) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        place="catalogue_smslist",
        row=str(list_id),
        fields=["state", "reason"],
        now=now,
    )


def _row(row: SmsList, *, counts: Mapping[Change, int], losses: int) -> ListRow:
    return ListRow(
        id=row.id,
        carrier=row.carrier,
        currency=row.currency,
        whole=row.whole,
        from_at=row.from_at,
        state=ListState(row.state),
        created_at=row.created_at,
        total=row.total,
        done=row.done,
        ended_at=row.ended_at,
        reason=row.reason,
        counts=counts,
        losses=losses,
    )


def _difference(row: SmsListLine, *, currency: str) -> Difference:
    return Difference(
        prefix=row.prefix,
        destination=row.destination,
        line=row.line,
        change=Change(row.change),
        before=_money(row.before_micro, row.before_currency),
        after=_money(row.cost_micro, currency),
        change_bp=row.change_bp,
        from_at=row.from_at,
        sold=_money(row.sold_micro, row.sold_currency),
        margin_bp=row.margin_bp,
        loss=row.loss,
    )


def _money(micro: int | None, currency: str) -> Money | None:
    return None if micro is None else Money(micro, currency)
