"""Traces: spans for a request, a call to ALEX and a job; off unless OTEL_EXPORTER_OTLP_ENDPOINT is set.

A span carries names of operations, a route template, a status and the correlation id. Exceptions are told by their
type alone, because a message may say who the patient is.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import Any, Protocol

from clinicpro_images.settings.errors import SettingsError

Attributes = Mapping[str, str | int]


class Span(Protocol):
    """A span that is open."""

    def set(self, name: str, value: str | int) -> None:
        """Say more about it."""

    def rename(self, name: str) -> None:
        """Give it a name that was not known when it was opened."""


class Tracer(Protocol):
    """Opens spans."""

    def span(self, name: str, kind: str, attributes: Attributes) -> Any:
        """Open a span as a context manager that gives a Span; `kind` is server, client or internal."""


class _NoSpan:
    def set(self, name: str, value: str | int) -> None:
        """Say nothing."""

    def rename(self, name: str) -> None:
        """Keep no name."""


class NoTraces:
    """Traces nothing."""

    @contextmanager
    def span(self, _name: str, _kind: str, _attributes: Attributes) -> Iterator[Span]:
        """Open nothing."""
        yield _NoSpan()


class OtelTraces:
    """Opens OpenTelemetry spans; those opened inside one another are parent and child."""

    def __init__(self, provider: Any) -> None:
        """`provider` is OpenTelemetry's TracerProvider."""
        self._tracer = provider.get_tracer("clinicpro_images")

    @contextmanager
    def span(self, name: str, kind: str, attributes: Attributes) -> Iterator[Span]:
        """Open a span; an exception that passes through marks it as failed, by type."""
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
    """Send spans to an OTLP collector at `endpoint`; None traces nothing. Leaving sends what is still here.

    Raises SettingsError where an endpoint is named and the extra `telemetry` is not installed.
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
    about = {"service.name": "clinicpro-images", "service.version": version("clinicpro-images")}
    # Without a host name and without the command line, which OpenTelemetry would add by itself.
    provider = TracerProvider(resource=Resource(about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    try:
        yield OtelTraces(provider)
    finally:
        await asyncio.to_thread(provider.shutdown)
