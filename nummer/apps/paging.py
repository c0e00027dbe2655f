"""Lists that are read page by page: what comes behind the last row that was seen.

A page begins at the place of a row in the sorting, not at a count of rows: what comes or goes
meanwhile makes no row appear twice or be left out. Columns are named as `order_by` names them, `-`
before those that descend; the last one tells all rows apart.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, TypeVar

from django.db.models import Model, Q, QuerySet

from nummer.kernel.paging import Seen

M = TypeVar("M", bound=Model)
Keys: TypeAlias = Mapping[str, object]  # what a row has in each column of the sorting


def behind(keys: Keys, *, nulls: Collection[str] = ()) -> Q:
    """Return what comes behind the row that has `keys`.

    `nulls` are columns that may be NULL; they ascend, and NULL comes last, as PostgreSQL sorts.
    """
    found, same = Q(), Q()
    for column, value in keys.items():
        name = column.removeprefix("-")
        if value is not None:
            further = Q(**{f"{name}__{'gt' if name == column else 'lt'}": value})
            if name in nulls:
                further |= Q(**{f"{name}__isnull": True})
            found |= same & further
        same &= _is(name, value)
    return found


def from_on(keys: Keys, *, nulls: Collection[str] = ()) -> Q:
    """Return the row that has `keys`, and what comes behind it."""
    this = Q()
    for column, value in keys.items():
        this &= _is(column.removeprefix("-"), value)
    return this | behind(keys, nulls=nulls)


def keys_of(rows: QuerySet[M], *, by: Sequence[str]) -> Keys | None:
    """Return the keys of the one row there is, None where there is none."""
    names = [column.removeprefix("-") for column in by]
    found = next(iter(rows.order_by(*names).values_list(*names)[:1]), None)
    return None if found is None else dict(zip(by, found, strict=True))


def keys_of_seen(rows: QuerySet[M], seen: Seen, *, by: Sequence[str]) -> Keys | None:
    """Return the keys of a row of anybody's, also where it is none of `rows` any more."""
    account_id, row_id = seen
    everybody: QuerySet[M] = QuerySet(rows.model)
    return keys_of(everybody.filter(account_id=account_id, id=row_id), by=by)


def page_behind(rows: QuerySet[M], after: Seen | None, *, by: Sequence[str]) -> QuerySet[M]:
    """Return rows sorted, behind the one seen last; all where there is no such."""
    keys = None if after is None else keys_of_seen(rows, after, by=by)
    return (rows if keys is None else rows.filter(_beginning(keys), behind(keys))).order_by(*by)


def _beginning(keys: Keys) -> Q:
    """Return the bound of the first column, where an index begins; it reads none out of an OR."""
    column, value = next(iter(keys.items()))
    name = column.removeprefix("-")
    return Q() if value is None else Q(**{f"{name}__{'gte' if name == column else 'lte'}": value})


def _is(name: str, value: object) -> Q:
    return Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
