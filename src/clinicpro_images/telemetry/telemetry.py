"""The one thing that parts are handed to be measured and traced by."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from clinicpro_images.errors import ClinicProError
from clinicpro_images.telemetry.metrics import Metrics
from clinicpro_images.telemetry.traces import Attributes, NoTraces, Tracer


class Telemetry:
    """Meters and traces together, by what happens in this product."""

    def __init__(self, meters: Metrics | None = None, tracer: Tracer | None = None) -> None:
        """Without a tracer nothing is traced."""
        self.meters = meters or Metrics()
        self.tracer = tracer or NoTraces()

    @contextmanager
    def alex_call(self, operation: str, correlation_id: str) -> Iterator[None]:
        """Around one call to ALEX."""
        started = time.perf_counter()
        outcome = "cancelled"
        about = {"correlation_id": correlation_id}
        try:
            with self.tracer.span(f"alex {operation}", "client", about):
                yield
            outcome = "ok"
        except ClinicProError as error:
            outcome = error.slug
            raise
        finally:
            self.meters.alex_seconds.labels(operation, outcome).observe(time.perf_counter() - started)

    @contextmanager
    def job(self, kind: str, correlation_id: str, attempt: int) -> Iterator[None]:
        """Around one attempt to file."""
        about: Attributes = {"correlation_id": correlation_id, "attempt": attempt}
        with self.tracer.span(f"file {kind}", "internal", about):
            yield

    def step(self, facility_id: str, result: str) -> None:
        """An attempt ended: landed, again, give-up or ask."""
        self.meters.steps.labels(self.meters.facilities.label(facility_id), result).inc()

    def landed(self, kind: str, seconds: float) -> None:
        """A resource is in the record, so long after it was asked for."""
        self.meters.landed_seconds.labels(kind).observe(max(0.0, seconds))

    def filed(self, facility_id: str, seconds: float) -> None:
        """A picture is in the record, so long after it was captured."""
        self.meters.filed_seconds.observe(max(0.0, seconds))
        label = self.meters.facilities.label(facility_id)
        self.meters.facility_filed_seconds.labels(label).observe(max(0.0, seconds))
