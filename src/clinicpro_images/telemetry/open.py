"""Opening traces: to an OTLP collector if one is configured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.telemetry.traces import NoTraces, Tracer


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
