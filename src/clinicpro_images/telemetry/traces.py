"""Traces: spans for a request, a call to ALEX and a job; off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span has names of operations, a route template, a status and the correlation id. Exceptions are recorded by type only,
because a message may identify the patient.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
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


class OtelTraces:
    """Opens OpenTelemetry spans; a span opened inside another is its child."""

    def __init__(self, provider: Any) -> None:
        """`provider` is OpenTelemetry's TracerProvider."""
        self._tracer = provider.get_tracer("clinicpro_images")

    @contextmanager
    def span(self, name: str, kind: str, attributes: Attributes) -> Iterator[Span]:
        """Open a span; an exception marks it as failed and sets `error.type`."""
        from opentelemetry.trace import SpanKind, StatusCode  # noqa: PLC0415 - the optional extra `telemetry`

        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind[kind.upper()],
            attributes=dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _OtelSpan(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(StatusCode.ERROR)
                raise


class _OtelSpan:
    def __init__(self, span: Any) -> None:
        self._span = span

    def set(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)


@asynccontextmanager
async def open_traces(endpoint: str | None) -> AsyncIterator[Tracer]:
    """Send spans to an OTLP collector at `endpoint`; without one, trace nothing. On exit, remaining spans are sent.

    Raises SettingsError if there is an endpoint and the extra `telemetry` is not installed.
    """
    if endpoint is None:
        yield NoTraces()
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - the optional extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            "OTEL_EXPORTER_OTLP_ENDPOINT", "needs OpenTelemetry: install clinicpro-images[telemetry]."
        ) from error
    attributes = {"service.name": "clinicpro-images", "service.version": version("clinicpro-images")}
    # Excludes host name and command line, which OpenTelemetry would add automatically.
    provider = TracerProvider(resource=Resource(attributes), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    try:
        yield OtelTraces(provider)
    finally:
        await asyncio.to_thread(provider.shutdown)
