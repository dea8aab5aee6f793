"""Metrics and traces behind one object, which every instrumented part is given."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from clinicpro_images.errors import ClinicProError
from clinicpro_images.telemetry.metrics import Metrics
from clinicpro_images.telemetry.traces import Attributes, NoTraces, Tracer


class Telemetry:
    """Records calls, jobs and results as metrics and spans."""

    def __init__(self, metrics: Metrics | None = None, tracer: Tracer | None = None) -> None:
        """Without a tracer, nothing is traced."""
        self.metrics = metrics or Metrics()
        self.tracer = tracer or NoTraces()

    @contextmanager
    def alex_call(self, operation: str, correlation_id: str) -> Iterator[None]:
        """Measure and trace one call to ALEX."""
        started = time.perf_counter()
        outcome = "cancelled"
        attributes = {"correlation_id": correlation_id}
        try:
            with self.tracer.span(f"alex {operation}", "client", attributes):
                yield
            outcome = "ok"
        except ClinicProError as error:
            outcome = error.slug
            raise
        finally:
            self.metrics.alex_seconds.labels(operation, outcome).observe(time.perf_counter() - started)

    @contextmanager
    def job(self, kind: str, correlation_id: str, attempt: int) -> Iterator[None]:
        """Trace one attempt to file."""
        attributes: Attributes = {"correlation_id": correlation_id, "attempt": attempt}
        with self.tracer.span(f"file {kind}", "internal", attributes):
            yield

    def job_result(self, facility_id: str, result: str) -> None:
        """Count the result of an attempt: landed, retry, fail, review or other-patient."""
        self.metrics.job_results.labels(self.metrics.facilities.label(facility_id), result).inc()

    def job_landed(self, kind: str, seconds: float) -> None:
        """Record the time from the commit until this resource was in the record."""
        self.metrics.job_seconds.labels(kind).observe(max(0.0, seconds))

    def image_committed(self, facility_id: str, seconds: float) -> None:
        """Record the time from upload until all of an image's resources were in the record."""
        self.metrics.commit_seconds.observe(max(0.0, seconds))
        label = self.metrics.facilities.label(facility_id)
        self.metrics.facility_commit_seconds.labels(label).observe(max(0.0, seconds))
