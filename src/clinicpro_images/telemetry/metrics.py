"""The Prometheus instruments that are updated as things happen; see `operator/metrics.py` for those read at a scrape."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary

MAX_FACILITIES = 500
OTHER = "other"

_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10)
_ALEX_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 40)
_JOB_SECONDS = (0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800)
_COMMIT_SECONDS = (5, 10, 20, 45, 60, 90, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)


class FacilityLabels:
    """Facilities as labels: HPI ids, limited in number because each one is a separate series."""

    def __init__(self, limit: int = MAX_FACILITIES) -> None:
        """The first `limit` facilities keep their ids; all later ones are `other`."""
        self._limit = limit
        self._named: set[str] = set()

    def label(self, facility_id: str) -> str:
        """Return the label for this facility."""
        if facility_id not in self._named and len(self._named) >= self._limit:
            return OTHER
        self._named.add(facility_id)
        return facility_id


class Metrics:
    """One gateway's instruments, on their own registry."""

    def __init__(self) -> None:
        """Create every instrument; label values come from short lists, except facilities, which are limited."""
        self.registry = registry = CollectorRegistry()
        self.facilities = FacilityLabels()
        self.http_requests = Counter(
            "clinicpro_http_requests",
            "Responses by route template and status",
            ("method", "route", "status"),
            registry=registry,
        )
        self.http_seconds = Histogram(
            "clinicpro_http_seconds",
            "From a request's first byte to the start of its response, including the upload",
            ("method", "route"),
            buckets=_HTTP_SECONDS,
            registry=registry,
        )
        self.problems = Counter(
            "clinicpro_problems",
            "Problem responses by route template and slug",
            ("route", "problem"),
            registry=registry,
        )
        self.uploads = Counter(
            "clinicpro_uploads",
            "Uploaded files: new, known, or the slug of the problem",
            ("outcome",),
            registry=registry,
        )
        self.damaged = Counter(
            "clinicpro_damaged_images",
            "Reads of a stored image that is damaged or missing",
            registry=registry,
        )
        self.streams = Gauge("clinicpro_event_streams", "Open event streams", registry=registry)
        self.alex_seconds = Histogram(
            "clinicpro_alex_call_seconds",
            "Calls to ALEX by operation and outcome: ok, or the slug of the problem",
            ("operation", "outcome"),
            buckets=_ALEX_SECONDS,
            registry=registry,
        )
        self.job_results = Counter(
            "clinicpro_job_results",
            "Results of attempts to file: landed, retry, fail, review or other-patient",
            ("facility", "result"),
            registry=registry,
        )
        self.job_seconds = Histogram(
            "clinicpro_job_seconds",
            "From the commit to the resource's arrival in the record",
            ("kind",),
            buckets=_JOB_SECONDS,
            registry=registry,
        )
        self.commit_seconds = Histogram(
            "clinicpro_commit_seconds",
            "From upload to filed, by image",
            buckets=_COMMIT_SECONDS,
            registry=registry,
        )
        self.facility_commit_seconds = Summary(
            "clinicpro_facility_commit_seconds",
            "From upload to filed, by practice",
            ("facility",),
            registry=registry,
        )
