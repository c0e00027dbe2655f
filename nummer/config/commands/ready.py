"""What commands begin with that read or change an installation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from nummer.config.processes import Trouble

if TYPE_CHECKING:
    from nummer.config.env import Environment


@contextmanager
def ready() -> Iterator[Environment]:
    """Set Django up with the installation's clock; what it refuses then is said in one sentence.

    Raises Trouble: a refusal, or the database does not answer.
    """
    import django  # noqa: PLC0415 -- not needed for --help

    from nummer.config.env import environment, use_settings  # noqa: PLC0415 -- as above

    use_settings()
    django.setup()
    from django.db import OperationalError  # noqa: PLC0415 -- as above

    from nummer.config import clock  # noqa: PLC0415 -- as above
    from nummer.kernel.errors import Refusal  # noqa: PLC0415 -- as above

    env = environment()
    clock.install_where_needed(env)
    try:
        yield env
    except Refusal as refusal:
        raise Trouble(refusal.sentence % refusal.data) from None
    except OperationalError as away:
        raise Trouble("The database does not answer. Is Nummer running?") from away
