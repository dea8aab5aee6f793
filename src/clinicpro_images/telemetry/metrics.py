"""The Prometheus instruments that are moved as things happen; what is counted at a scrape is in `web/metrics.py`."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

MOST_FACILITIES = 500
OTHER = "other"

_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
_ALEX_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40)
_LANDED_SECONDS = (0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
_FILED_SECONDS = (5, 10, 20, 45, 60, 90, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


class FacilityLabels:
    """Practices as labels: HPI ids of organisations, so many at most, for each is a series of its own."""

    def __init__(self, most: int = MOST_FACILITIES) -> None:
        """Name the first `most` facilities; all later ones are `other`."""
        self._most = most
        self._named: set[str] = set()

    def label(self, facility_id: str) -> str:
        """Return what stands for this facility."""
        if facility_id not in self._named and len(self._named) >= self._most:
            return OTHER
        self._named.add(facility_id)
        return facility_id


class Metrics:
    """One gateway's instruments, on a registry of its own."""

    def __init__(self) -> None:
        """Make every instrument; all label values are from short lists, except facilities, which are bounded."""
        self.registry = registry = CollectorRegistry()
        self.facilities = FacilityLabels()
        self.http_requests = Counter(
            "clinicpro_http_requests",
            "Answers by route template and status",
            ("method", "route", "status"),
            registry=registry,
        )
        self.http_seconds = Histogram(
            "clinicpro_http_seconds",
            "From a request's first byte until its answer begins, upload included",
            ("method", "route"),
            buckets=_HTTP_SECONDS,
            registry=registry,
        )
        self.problems = Counter(
            "clinicpro_problems",
            "Problems that were answered, by route template and slug",
            ("route", "problem"),
            registry=registry,
        )
        self.intake = Counter(
            "clinicpro_uploads",
            "Pictures offered: new, known, or the slug of the problem they were refused with",
            ("outcome",),
            registry=registry,
        )
        self.streams = Gauge("clinicpro_event_streams", "Event streams that are open", registry=registry)
        self.alex_seconds = Histogram(
            "clinicpro_alex_call_seconds",
            "Calls to ALEX by operation and outcome: ok, or the slug of the problem",
            ("operation", "outcome"),
            buckets=_ALEX_SECONDS,
            registry=registry,
        )
        self.steps = Counter(
            "clinicpro_job_results",
            "What came of attempts to file: landed, again, give-up or ask",
            ("facility", "result"),
            registry=registry,
        )
        self.landed_seconds = Histogram(
            "clinicpro_job_seconds",
            "From the request to file until a resource has landed",
            ("kind",),
            buckets=_LANDED_SECONDS,
            registry=registry,
        )
        self.filed_seconds = Histogram(
            "clinicpro_commit_seconds",
            "From capture until a picture is filed",
            buckets=_FILED_SECONDS,
            registry=registry,
        )
        self.facility_filed_seconds = Summary(
            "clinicpro_facility_commit_seconds",
            "From capture until a picture is filed, by practice",
            ("facility",),
            registry=registry,
        )
