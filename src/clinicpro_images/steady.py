"""A clock for waiting: nobody can set it, and it goes on while the machine sleeps."""

import time

# Linux's CLOCK_MONOTONIC stops while the machine sleeps; macOS's doesn't.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return seconds since some moment, usually the machine's start; only differences mean anything."""
    return time.clock_gettime(_CLOCK)
