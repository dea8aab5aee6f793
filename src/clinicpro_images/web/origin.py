"""Where the request being served came from, for whatever is recorded on its behalf."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """The client's address and the request's correlation id."""

    address: str
    correlation_id: str


# Set for the task that serves a request, so that no function in between has to pass it on. The worker has none.
ORIGIN: ContextVar[Origin | None] = ContextVar("origin", default=None)
