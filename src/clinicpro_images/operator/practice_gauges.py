"""The figures of the practice's page as metrics: what isn't filed, and what was filed today."""

from prometheus_client import Gauge

from clinicpro_images.practice.figures import PracticeFigures, median, p95
from clinicpro_images.telemetry.metrics import Metrics


class PracticeGauges:
    """Gauges by practice; times are in seconds."""

    def __init__(self, metrics: Metrics) -> None:
        """Register them."""
        registry = metrics.registry
        self._facilities = metrics.facilities
        self._unfiled = Gauge(
            "clinicpro_unfiled_images",
            "Images that are stored here and not in the record, by practice and state",
            ("facility", "state"),
            registry=registry,
        )
        self._oldest = Gauge(
            "clinicpro_oldest_unfiled_seconds",
            "Age of the oldest of these, by practice",
            ("facility",),
            registry=registry,
        )
        self._filed = Gauge(
            "clinicpro_filed_today",
            "Images filed today (New Zealand's day), by practice",
            ("facility",),
            registry=registry,
        )
        self._seconds = Gauge(
            "clinicpro_launch_to_filed_seconds",
            "From launch to filed, today, of all practices",
            ("quantile",),
            registry=registry,
        )

    def show(self, figures: PracticeFigures) -> None:
        """Set them from the figures of all practices."""
        for gauge in (self._unfiled, self._oldest, self._filed, self._seconds):
            gauge.clear()
        oldest: dict[str, float] = {}
        for group in figures.unfiled:
            facility = self._facilities.label(group.facility_id)
            self._unfiled.labels(facility, group.state).inc(group.count)
            oldest[facility] = min(group.oldest, oldest.get(facility, group.oldest))
        for facility, since in oldest.items():
            self._oldest.labels(facility).set(max(0.0, figures.now - since))
        for photo in figures.today.photos:
            self._filed.labels(self._facilities.label(photo.facility_id)).inc()
        for quantile, value in (("0.5", median(figures.today.seconds)), ("0.95", p95(figures.today.seconds))):
            if value is not None:
                self._seconds.labels(quantile).set(value)
