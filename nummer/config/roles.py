"""The role that everyday sessions take: it reads and writes rows, but makes no tables.

What the schema `ledger` lets it do stands in the ledger's own migrations.
"""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import ProgrammingError

from nummer.config.database import APPLICATION_ROLE


def prepare_role(sender: AppConfig, *, using: str, **kwargs: Any) -> None:
    """Make the application's role and what it may do, before tables are made (pre_migrate).

    Its rights are default privileges, so a migration that takes one back is not overruled.
    Repeating changes nothing. Raises ImproperlyConfigured where the owner may not make roles.
    """
    del sender, kwargs
    with connections[using].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s),"
            " EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
            " WHERE r.rolname = %s AND m.member = current_user::regrole)",
            [APPLICATION_ROLE, APPLICATION_ROLE],
        )
        known, member = cursor.fetchone()
        try:
            if not known:
                cursor.execute(_UNLESS_THERE)
            if not member:
                cursor.execute(_UNLESS_MEMBER)
        except ProgrammingError as refused:
            raise ImproperlyConfigured(_ASK.format(role=APPLICATION_ROLE)) from refused
        cursor.execute(_RIGHTS)


_ASK = (
    "The owner of the database may not make roles. Ask whoever runs the server for: "
    "CREATE ROLE {role} NOLOGIN; GRANT {role} TO <the user of NUMMER_DATABASE_URL>;"
)
_UNLESS_THERE = f"""
DO $$ BEGIN
    CREATE ROLE {APPLICATION_ROLE} NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another start made it
END $$
"""
_UNLESS_MEMBER = f"""
DO $$ BEGIN
    EXECUTE format('GRANT {APPLICATION_ROLE} TO %I', current_user);
EXCEPTION WHEN unique_violation THEN NULL; -- another database's start made us one
END $$
"""
_RIGHTS = f"""
GRANT USAGE ON SCHEMA public TO {APPLICATION_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APPLICATION_ROLE};
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT USAGE, SELECT ON SEQUENCES TO {APPLICATION_ROLE};
"""
