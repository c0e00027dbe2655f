"""Notes of purchases that run beside one another."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from nummer.apps.orders.actions import note_purchase
from nummer.apps.orders.models import Note
from nummer.kernel.ids import new_id
from tests.builders import NOW

ACCOUNT = 17


@pytest.mark.django_db(transaction=True)
def test_a_purchase_does_not_wait_for_the_old_note_of_another() -> None:
    others, mine = new_id(), new_id()
    note_purchase(ACCOUNT, note=others, now=NOW)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Note.objects.select_for_update().get(account_id=ACCOUNT, id=others)
            held.set()
            done.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            key = note_purchase(ACCOUNT, note=mine, now=NOW + timedelta(minutes=2))
    finally:
        done.set()
        holder.join()

    assert Note.objects.get(account_id=ACCOUNT, id=mine).key == key


@pytest.mark.django_db
def test_old_notes_of_an_account_go_with_its_next_one() -> None:
    for account_id in (ACCOUNT, ACCOUNT, 18):
        note_purchase(account_id, note=new_id(), now=NOW)
    fresh = new_id()
    note_purchase(ACCOUNT, note=fresh, now=NOW + timedelta(minutes=1))

    assert [row.id for row in Note.objects.filter(account_id=ACCOUNT)] == [fresh]
    assert Note.objects.filter(account_id=18).count() == 1
