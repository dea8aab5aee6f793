"""An image and its details."""

from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from clinicpro_images.sessions.image_states import ImageState
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.title import MAX_TITLE, ending, title

View = Literal["context", "regional", "close-up", "dermoscopy", "other"]
ImageType = Literal["lesion", "rash", "wound", "infection", "other"]
Source = Literal["desktop", "phone"]
TakenAtSource = Literal["photo", "phone", "clock", "clinician"]
"""Who says when it was taken: the file itself, the phone, the time of the upload, or the clinician."""

CHANGEABLE: frozenset[ImageState] = frozenset({"held", "staged", "failed"})


@dataclass(frozen=True)
class BodySiteText:
    """A body site as free text, if none in the coded list fits."""

    text: str


@dataclass(frozen=True)
class Consent:
    """Who consented (`patient`, `guardian`, `unable`) and to which use (`record`, `referral`, `teaching`)."""

    by: str
    scope: str


@dataclass(frozen=True)
class Place:
    """An image's place in its commit, `number` of `count`; `occurrence` tells equal titles of one patient apart."""

    number: int
    count: int
    occurrence: int = 1


@dataclass(frozen=True)
class Details:
    """Everything a clinician enters about an image. `taken_at` is in seconds since 1970."""

    taken_at: float
    body_site: Coding | BodySiteText | None = None
    laterality: Coding | None = None
    view: View | None = None
    type: ImageType | None = None
    label: str = ""
    notes: str = ""
    consent: Consent | None = None
    sensitive: bool = False
    # The clinician's order of the session's images; those without a position follow, in order of upload.
    position: int | None = None
    # Set once it is handed over for filing; from then on the title says when it was taken, and is unique.
    place: Place | None = None
    taken_at_source: TakenAtSource = "clock"

    @property
    def body_site_text(self) -> str | None:
        """The body site as a clinician reads it."""
        if isinstance(self.body_site, BodySiteText):
            return self.body_site.text
        return None if self.body_site is None else self.body_site.display

    @property
    def title(self) -> str:
        """The title shown in Evolution."""
        end = "" if self.place is None else ending(self.taken, **asdict(self.place))
        start = title(
            body_site=self.body_site_text,
            laterality=self.laterality,
            type=self.type,
            view=self.view,
            label=self.label,
            limit=MAX_TITLE - len(end),
        )
        return start + end

    @property
    def taken(self) -> datetime:
        """When it was taken, in UTC."""
        return datetime.fromtimestamp(self.taken_at, UTC)


@dataclass(frozen=True)
class Image:
    """An image from upload to filing. `size` in bytes, edges in pixels, times in seconds since 1970."""

    id: str
    session_id: str
    patient_key: str
    source: Source
    derived_from: str | None
    content_type: str
    size: int
    width: int
    height: int
    details: Details
    uploaded_at: float
    state: ImageState
    commit_id: str | None = None
    document_reference_id: str | None = None
    media_id: str | None = None
    committed_at: float | None = None
    content_key: bytes | None = field(default=None, repr=False)
    copy_key: bytes | None = field(default=None, repr=False)
    copy_until: float | None = None
    stored_as: str | None = None  # after its original took its place
    handoff_id: str | None = None  # the phone that added it
    pages: int = 1  # of a document
    incomplete: bool = False  # some of it could not be read

    def is_visible_to(self, handoff_id: str | None) -> bool:
        """Whether a caller may see it: the desktop all but held ones, a phone what it added, until it is filed or gone."""
        if handoff_id is None:
            return self.state != "held"
        return self.handoff_id == handoff_id and self.state != "committed" and self.content_key is not None

    @property
    def content_name(self) -> str:
        """Its content's name in the store."""
        return self.stored_as or self.id

    def described(self, details: Details) -> "Image":
        """Return the same image with other details."""
        return replace(self, details=details)

    @property
    def sort_key(self) -> tuple[bool, int, float, str]:
        """The sort key within a session: the clinician's order first, then the order of upload."""
        position = self.details.position
        return (position is None, position or 0, self.uploaded_at, self.id)

    @property
    def taken(self) -> datetime:
        """When it was taken, in UTC."""
        return self.details.taken
