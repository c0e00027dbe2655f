"""The process of jobs: does what was deferred, sweeps due rows, rescues jobs of killed workers."""

from __future__ import annotations

import asyncio
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Final

import procrastinate
import psycopg
import structlog
from django.db import close_old_connections
from procrastinate.contrib.django import app

from nummer.apps.leases.ports import supplier_codes
from nummer.config import loop_clock, metrics
from nummer.config.announce import announce
from nummer.config.database import session_parameters
from nummer.config.env import environment
from nummer.config.sweeper import sweep_until
from nummer.kernel import clock
from nummer.kernel.jobs import HOOKS, SLOW_HOOKS, supplier_lane

SWEEP_EVERY_S: Final = 1.0
RESCUE_EVERY_S: Final = 15.0
SILENT_S: Final = 30.0  # a worker writes a heartbeat every ten seconds
# Jobs of one queue never wait for those of another: a customer's slow server for instance.
QUEUES: Final = MappingProxyType({"default": 4, HOOKS: 6, SLOW_HOOKS: 6})
LANE_CONCURRENCY: Final = 2  # of each supplier's own jobs (ADR 271)
LANE_ASKED_EVERY_S: Final = 1.0
OTHER_THREADS: Final = 4
DUE_CHANNEL: Final = "nummer_due"

_log = structlog.get_logger(__name__)


def work() -> None:
    """Work until SIGTERM; a job that has begun is finished first."""
    loop_clock.install_where_needed(environment())
    stop = threading.Event()
    sweeping = threading.Thread(target=_sweep_until_stopped, args=(stop,), name="sweeper")
    sweeping.start()
    try:
        asyncio.run(_do_jobs())
    finally:
        stop.set()
        sweeping.join(timeout=20)


async def _do_jobs() -> None:
    async with _worker_app().open_async() as worker_app:
        rescuing = asyncio.create_task(_rescue_again_and_again(worker_app))
        announce("jobs")
        try:
            await _do_queues(worker_app)
        finally:
            rescuing.cancel()


async def _do_queues(worker_app: procrastinate.App) -> None:
    """Do the jobs of every queue until a signal says stop, or one of them cannot go on."""
    loop = asyncio.get_running_loop()
    lanes = [supplier_lane(code) for code in supplier_codes()]
    threads = sum(QUEUES.values()) + LANE_CONCURRENCY * len(lanes) + OTHER_THREADS
    loop.set_default_executor(ThreadPoolExecutor(threads))
    working = {
        asyncio.create_task(_do_queue(worker_app, queue, at_once), name=queue)
        for queue, at_once in QUEUES.items()
    } | {asyncio.create_task(_do_lane(worker_app, lane), name=lane) for lane in lanes}

    def stop() -> None:
        """Let what has begun end first; to cancel a second time would break it off."""
        for task in working:
            if not task.cancelling():
                task.cancel()

    for signal_ in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_, stop)
    await asyncio.wait(working, return_when=asyncio.FIRST_COMPLETED)
    stop()
    for ended in await asyncio.gather(*working, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


async def _do_queue(worker_app: procrastinate.App, queue: str, at_once: int) -> None:
    await worker_app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=at_once,
        wait=True,
        install_signal_handlers=False,
        shutdown_graceful_timeout=20,
        delete_jobs="successful",
    )


async def _do_lane(worker_app: procrastinate.App, lane: str) -> None:
    """Do the jobs of one supplier, a few at a time: one who hangs holds up nobody else's.

    The lane is asked for jobs again and again: each that listened would keep a connection.
    """
    await worker_app.run_worker_async(
        queues=[lane],
        name=lane,
        concurrency=LANE_CONCURRENCY,
        wait=True,
        listen_notify=False,
        fetch_job_polling_interval=LANE_ASKED_EVERY_S,
        install_signal_handlers=False,
        shutdown_graceful_timeout=20,
        delete_jobs="successful",
    )


def _worker_app() -> procrastinate.App:
    """Return an app that does the jobs over a connection of its own.

    The one that jobs and the sweeper defer with stays on Django's connection: a job that
    another job defers must not begin before the rows it is about are committed.
    """
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]  # only Django's has it
    return app.with_connector(connector)


async def _rescue_again_and_again(app: procrastinate.App) -> None:
    """Put jobs back whose worker was killed: procrastinate leaves them in the state `doing`."""
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENT_S):
                await app.job_manager.retry_job(job)
                _log.warning("job rescued", job=job.task_name, job_id=job.id)
        except procrastinate.exceptions.ConnectorException:
            _log.warning("rescue waits for the database", exc_info=True)
        await asyncio.sleep(RESCUE_EVERY_S)


def _sweep_until_stopped(stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            with psycopg.connect(**session_parameters(), autocommit=True) as link:
                link.execute(f"LISTEN {DUE_CHANNEL}")
                while not stop.is_set():
                    _sweep_once(stop)
                    for _ in link.notifies(timeout=SWEEP_EVERY_S, stop_after=1):
                        pass
        except Exception:  # noqa: BLE001 -- the edge of the thread: it must never end silently
            _log.exception("sweeper starts anew")
            close_old_connections()
            stop.wait(SWEEP_EVERY_S)


def _sweep_once(stop: threading.Event) -> None:
    swept = sweep_until(clock.now(), stop=stop.is_set)
    if swept.fired:
        metrics.SWEPT.labels(outcome="fired").inc(swept.fired)
    if swept.failed:
        metrics.SWEPT.labels(outcome="failed").inc(swept.failed)
