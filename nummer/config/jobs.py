"""Binds the names of jobs to what does them, and carries the request id along with each job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, Final

import procrastinate
import structlog
from django.apps import apps as installed
from procrastinate import jobs as job_types
from procrastinate.manager import JobManager

from nummer.config import metrics
from nummer.kernel.errors import Unavailable

RETRIES_MAX: Final = 12
REQUEST: Final = "request_id"

_log = structlog.get_logger(__name__)


def register(app: procrastinate.App) -> None:
    """Register every app's JOBS; called by procrastinate when Django is ready.

    An app's `jobs` module offers JOBS, a mapping of a name in kernel.jobs to a function of
    keyword arguments that are ids. Every job may run twice.
    """
    app.job_manager = TracedJobManager(app.connector)
    for name, do in offered_jobs().items():
        app.task(name=name, retry=_WhenUnavailable(), pass_context=False)(_traced(name, do))


def offered_jobs() -> dict[str, Callable[..., None]]:
    """Return all apps' jobs by name."""
    offered: dict[str, Callable[..., None]] = {}
    for app in installed.get_app_configs():
        if not app.name.startswith("nummer.apps."):
            continue
        try:
            module = import_module(f"{app.name}.jobs")
        except ModuleNotFoundError as error:
            if error.name != f"{app.name}.jobs":
                raise
            continue
        own: Mapping[str, Callable[..., None]] = getattr(module, "JOBS", {})
        assert not own.keys() & offered.keys()
        offered.update(own)
    return offered


class TracedJobManager(JobManager):
    """Writes the present request's id into every job, so that its log lines can be joined."""

    def _defer_jobs_query_kwargs(self, jobs: list[job_types.Job]) -> dict[str, Any]:
        bound = structlog.contextvars.get_contextvars().get(REQUEST)
        if bound is not None:
            jobs = [job.evolve(task_kwargs={REQUEST: bound, **job.task_kwargs}) for job in jobs]
        return super()._defer_jobs_query_kwargs(jobs)


class _WhenUnavailable(procrastinate.BaseRetryStrategy):
    """Tries a job again, later each time, when something outside was away; nothing else."""

    def get_retry_decision(
        self, *, exception: BaseException, job: job_types.Job
    ) -> procrastinate.RetryDecision | None:
        if not isinstance(exception, Unavailable) or job.attempts >= RETRIES_MAX:
            return None
        wait_s = exception.retry_after_s or min(2.0**job.attempts, 900.0)
        return procrastinate.RetryDecision(retry_in={"seconds": int(wait_s) or 1})


def _traced(name: str, do: Callable[..., None]) -> Callable[..., None]:
    def run(**arguments: Any) -> None:
        request = arguments.pop(REQUEST, None)
        with structlog.contextvars.bound_contextvars(job=name, request_id=request):
            try:
                do(**arguments)
            except Unavailable:
                metrics.JOBS.labels(job=name, outcome="unavailable").inc()
                _log.warning("job waits for the outside", exc_info=True)
                raise
            except Exception:
                metrics.JOBS.labels(job=name, outcome="failed").inc()
                _log.exception("job failed")
                raise
            metrics.JOBS.labels(job=name, outcome="done").inc()

    return run
