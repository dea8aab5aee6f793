"""Traces: spans for a request, a call to ALEX and a job; off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span has names of operations, a route template, a status and the correlation id. Exceptions are recorded by type only,
because a message may identify the patient.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Protocol

from clinicpro_images.settings.errors import SettingsError

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


@asynccontextmanager
async def open_traces(endpoint: str | None) -> AsyncIterator[Tracer]:
    """Send spans to an OTLP collector at `endpoint`; without one, trace nothing. On exit, remaining spans are sent.

    Raises SettingsError if there is an endpoint and the extra `telemetry` is not installed.
    """
    if endpoint is None:
        yield NoTraces()
        return
    try:
        from clinicpro_images.telemetry.otel import open_tracer  # noqa: PLC0415 - needs the optional extra
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT", "needs OpenTelemetry: install clinicpro-images[telemetry]."
        ) from error
    async with open_tracer(endpoint) as tracer:
        yield tracer
