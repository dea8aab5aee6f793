"""A commit: images of one patient to be filed together, and a message and a task that go with them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from clinicpro_images.commits.jobs.job import JobKind
from clinicpro_images.commits.routing import Routing
from clinicpro_images.records.protocol import ImageTarget
from clinicpro_images.settings.parsers import CommitTarget

MAX_IMAGES_PER_COMMIT = 20
KINDS: dict[CommitTarget, tuple[JobKind, ...]] = {
    "scan": ("document-reference",),
    "media": ("media",),
    "both": ("document-reference", "media"),
}
TARGET_OF: Mapping[JobKind, ImageTarget] = {"document-reference": "scan", "media": "media"}


@dataclass(frozen=True)
class Commit:
    """A commit without its images; `created_at` is in seconds since 1970."""

    id: str
    created_at: float
    target: CommitTarget
    routing: Routing

    @property
    def created(self) -> datetime:
        """When it was created, in UTC."""
        return datetime.fromtimestamp(self.created_at, UTC)
