"""OpenTelemetry spans, sent to an OTLP collector. Needs the extra `telemetry`, so only `open_traces` imports it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from clinicpro_images.telemetry.traces import Attributes, Span, Tracer


class OtelTracer:
    """Opens OpenTelemetry spans; a span opened inside another is its child."""

    def __init__(self, provider: TracerProvider) -> None:
        """Open spans of `provider`, which the caller shuts down."""
        self._tracer = provider.get_tracer("clinicpro_images")

    @contextmanager
    def span(self, name: str, kind: str, attributes: Attributes) -> Iterator[Span]:
        """Open a span; an exception marks it as failed and sets `error.type`."""
        with self._tracer.start_as_current_span(
            name,
            kind=trace.SpanKind[kind.upper()],
            attributes=dict(attributes),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield _OtelSpan(span)
            except BaseException as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(trace.StatusCode.ERROR)
                raise


class _OtelSpan:
    def __init__(self, span: trace.Span) -> None:
        self._span = span

    def set(self, name: str, value: str | int) -> None:
        self._span.set_attribute(name, value)

    def rename(self, name: str) -> None:
        self._span.update_name(name)


@asynccontextmanager
async def open_tracer(endpoint: str) -> AsyncIterator[Tracer]:
    """Send spans to the collector; on exit, remaining spans are sent."""
    attributes = {"service.name": "clinicpro-images", "service.version": version("clinicpro-images")}
    # Excludes host name and command line, which OpenTelemetry would add automatically.
    provider = TracerProvider(resource=Resource(attributes), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces")))
    try:
        yield OtelTracer(provider)
    finally:
        await asyncio.to_thread(provider.shutdown)
