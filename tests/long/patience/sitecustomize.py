"""Loaded by every program under libfaketime: a sleep that is over before it began is over.

Python sleeps until a moment of the monotonic clock. On a busy machine a short one has passed when
libfaketime reads the clock for its own sum, which is then below zero, and the kernel calls that
invalid (EINVAL) where the real function returns at once.
"""

from __future__ import annotations

import errno
import time

_sleep = time.sleep


def sleep(seconds: float, /) -> None:
    """Sleep as time.sleep does."""
    try:
        _sleep(seconds)
    except OSError as error:
        if error.errno != errno.EINVAL or seconds < 0:
            raise


time.sleep = sleep
