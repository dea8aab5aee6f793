"""What the widget sees of a picture."""

from dataclasses import asdict

from pydantic import Field

from clinicpro_images.photos.photo import BodySiteText, Photo, PhotoState, PictureType, Source, View
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.wire import Wire, iso, iso_or_none


class CodingView(Wire):
    """A coded value."""

    system: str
    code: str
    display: str


class TextView(Wire):
    """A value in words."""

    text: str


class ConsentView(Wire):
    """Who agreed, and to what."""

    by: str
    scope: str


class ImageView(Wire):
    """A picture as `GET /api/images/{id}` shows it."""

    id: str
    state: PhotoState
    source: Source
    derived_from: str | None
    content_type: str
    bytes: int
    width: int
    height: int
    taken_at: str
    uploaded_at: str
    committed_at: str | None
    title: str
    label: str
    body_site: CodingView | TextView | None
    laterality: CodingView | None
    view: View | None
    type: PictureType | None
    notes: str
    consent: ConsentView | None
    sensitive: bool
    position: int | None
    commit_id: str | None
    document_reference_id: str | None
    media_id: str | None


class ImagesView(Wire):
    """All pictures of a session."""

    images: list[ImageView]


class OrderRequest(Wire):
    """The body of `PUT /api/images/order`: pictures of the session, first to last."""

    image_ids: list[str] = Field(max_length=100)


def coding_view(coding: Coding) -> CodingView:
    """Show a coded value."""
    return CodingView(system=coding.system, code=coding.code, display=coding.display)


def image_view(photo: Photo) -> ImageView:
    """Show a picture."""
    details = photo.details
    site = details.body_site
    return ImageView(
        id=photo.id,
        state=photo.state,
        source=photo.source,
        derived_from=photo.derived_from,
        content_type=photo.content_type,
        bytes=photo.size,
        width=photo.width,
        height=photo.height,
        taken_at=iso(details.taken_at),
        uploaded_at=iso(photo.uploaded_at),
        committed_at=iso_or_none(photo.committed_at),
        title=details.title,
        label=details.label,
        body_site=None
        if site is None
        else TextView(text=site.text)
        if isinstance(site, BodySiteText)
        else coding_view(site),
        laterality=None if details.laterality is None else coding_view(details.laterality),
        view=details.view,
        type=details.type,
        notes=details.notes,
        consent=None if details.consent is None else ConsentView(**asdict(details.consent)),
        sensitive=details.sensitive,
        position=details.position,
        commit_id=photo.commit_id,
        document_reference_id=photo.document_reference_id,
        media_id=photo.media_id,
    )
