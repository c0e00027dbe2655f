"""Jobs carry the id of the request that caused them, and only wait for what may come back."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import procrastinate.contrib.django
import pytest
import structlog
from django.db import connection, transaction
from procrastinate import App
from procrastinate.jobs import Job
from procrastinate.testing import InMemoryConnector

from nummer.config import jobs, worker
from nummer.kernel.errors import Unavailable


@pytest.fixture
def app() -> App:
    """Return a queue in memory with one job that notes its surroundings."""
    made = App(connector=InMemoryConnector())
    made.job_manager = jobs.TracedJobManager(made.connector)
    return made


def test_job_runs_under_the_id_of_its_request(app: App) -> None:
    seen: list[dict[str, object]] = []

    def note(*, order: int) -> None:
        seen.append({"order": order, **structlog.contextvars.get_contextvars()})

    app.task(name="note")(jobs._traced("note", note))
    with structlog.contextvars.bound_contextvars(request_id="abc12345"):
        app.configure_task("note").defer(order=5)
    app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert seen == [{"order": 5, "job": "note", "request_id": "abc12345"}]


def test_job_without_a_request_runs_too(app: App) -> None:
    seen: list[int] = []
    app.task(name="note")(jobs._traced("note", lambda *, order: seen.append(order)))
    app.configure_task("note").defer(order=5)
    app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert seen == [5]


@pytest.fixture
def tasks() -> Iterator[dict[str, object]]:
    """Return the installation's tasks by name; what a test adds is gone afterwards."""
    known: dict[str, object] = procrastinate.contrib.django.app.tasks
    before = dict(known)
    yield known
    known.clear()
    known.update(before)


@pytest.mark.django_db(transaction=True)
def test_job_deferred_by_a_job_begins_only_after_the_commit(tasks: dict[str, object]) -> None:
    own = procrastinate.contrib.django.app
    done: list[str] = []

    def write_a_letter() -> None:
        try:
            with transaction.atomic():
                own.configure_task("send").defer()
                raise RuntimeError("the letter was not written after all")
        finally:
            connection.close()  # this thread's own

    own.task(name="send")(lambda: done.append("sent"))
    own.task(name="write")(write_a_letter)
    own.configure_task("write").defer()
    asyncio.run(_do_what_waits())
    assert tasks.keys() >= {"send", "write"}
    assert done == []


async def _do_what_waits() -> None:
    async with worker._worker_app().open_async() as worker_app:
        await worker_app.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False
        )


def job(attempts: int) -> Job:
    return Job(
        id=1,
        status="doing",
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name="note",
        attempts=attempts,
    )


def test_only_what_may_come_back_is_tried_again() -> None:
    strategy = jobs._WhenUnavailable()
    again = strategy.get_retry_decision(exception=Unavailable("mail"), job=job(3))
    assert again is not None
    assert strategy.get_retry_decision(exception=ValueError(), job=job(1)) is None
    late = strategy.get_retry_decision(exception=Unavailable("mail"), job=job(jobs.RETRIES_MAX))
    assert late is None


def test_two_apps_never_offer_a_job_of_the_same_name() -> None:
    assert jobs.offered_jobs()
