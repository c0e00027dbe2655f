"""Which database we use: the operator's own server, or the one we start ourselves."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from nummer.config.env import Environment, environment

APPLICATION_ROLE: Final = "nummer_app"
# Nothing of ours takes so long; what does would hold locks and threads that others need.
TIME_LIMITS: Final = {
    "statement_timeout": "60s",
    "lock_timeout": "20s",
    "idle_in_transaction_session_timeout": "120s",
}


def database_url(env: Environment) -> str:
    """Return the URL of the owner of our tables.

    Without NUMMER_DATABASE_URL it is the embedded server's, written to the home folder when
    that server is first made (config.postgres).
    """
    if env.database_url:
        return env.database_url
    written = env.secrets / "database_url"
    return written.read_text().strip() if written.exists() else "postgresql://nummer@127.0.0.1/none"


def session_parameters() -> dict[str, Any]:
    """Return psycopg's arguments for a session of the same kind outside Django."""
    settings = connection_settings(environment())
    return {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
        **settings["OPTIONS"],
    }


def connection_settings(env: Environment) -> dict[str, Any]:
    """Return Django's DATABASES entry.

    Sessions take the application role, which may not write the ledger's tables; only the
    commands that change tables (NUMMER_AS_OWNER=1) stay the owner.
    """
    url = urlsplit(database_url(env))
    options: dict[str, Any] = {"application_name": "nummer", "connect_timeout": 10}
    if not env.as_owner:
        # Compiling a statement takes longer than any of ours runs; the server's guess of how many
        # rows an array has would have it done now and then.
        words = {"role": APPLICATION_ROLE, "jit": "off", **TIME_LIMITS}
        options["options"] = " ".join(f"-c {name}={value}" for name, value in words.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
