"""Traces: spans for a request, a call to ALEX and a job; off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span has names of operations, a route template, a status and the correlation id. Exceptions are recorded by type only,
because a message may identify the patient.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """An open span."""

    def set(self, name: str, value: str | int) -> None:
        """Set an attribute."""

    def rename(self, name: str) -> None:
        """Change its name to one that was not known when it was opened."""


class Tracer(Protocol):
    """Opens spans."""

    def span(self, name: str, kind: str, attributes: Attributes) -> Any:
        """Return a context manager that opens a Span; `kind` is server, client or internal."""


class _NoSpan:
    def set(self, name: str, value: str | int) -> None:
        """Do nothing."""

    def rename(self, name: str) -> None:
        """Do nothing."""


class NoTraces:
    """Traces nothing."""

    @contextmanager
    def span(self, _name: str, _kind: str, _attributes: Attributes) -> Iterator[Span]:
        """Yield a span that records nothing."""
        yield _NoSpan()
