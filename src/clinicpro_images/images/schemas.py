"""The JSON of images."""

from dataclasses import asdict

from pydantic import Field

from clinicpro_images.images.image import (
    BodySiteText,
    Image,
    ImageType,
    Source,
    TakenAtSource,
    View,
)
from clinicpro_images.imaging.limits import FitTarget
from clinicpro_images.imaging.results import Outcome
from clinicpro_images.schemas import Schema, iso, iso_or_none
from clinicpro_images.sessions.image_states import ImageState
from clinicpro_images.terminology.coding import Coding


class CodingSchema(Schema):
    """A coded value."""

    system: str
    code: str
    display: str


class TextSchema(Schema):
    """A value as free text."""

    text: str


class ConsentSchema(Schema):
    """Who consented, and to which use."""

    by: str
    scope: str


class ImageSchema(Schema):
    """The response of `GET /api/images/{id}`."""

    id: str
    state: ImageState
    source: Source
    derived_from: str | None
    content_type: str
    bytes: int
    width: int
    height: int
    pages: int
    incomplete: bool
    taken_at: str
    taken_at_source: TakenAtSource
    uploaded_at: str
    committed_at: str | None
    title: str
    label: str
    body_site: CodingSchema | TextSchema | None
    laterality: CodingSchema | None
    view: View | None
    type: ImageType | None
    notes: str
    consent: ConsentSchema | None
    sensitive: bool
    position: int | None
    commit_id: str | None
    document_reference_id: str | None
    media_id: str | None


class ImagesSchema(Schema):
    """A session's images, in order."""

    images: list[ImageSchema]


class OrderRequest(Schema):
    """The body of `PUT /api/images/order`: ids of the session's images, in the new order."""

    image_ids: list[str] = Field(max_length=100)


def coding_schema(coding: Coding) -> CodingSchema:
    """Build the JSON of a coded value."""
    return CodingSchema(system=coding.system, code=coding.code, display=coding.display)


def image_schema(image: Image) -> ImageSchema:
    """Build the JSON of an image."""
    details = image.details
    site = details.body_site
    return ImageSchema(
        id=image.id,
        state=image.state,
        source=image.source,
        derived_from=image.derived_from,
        content_type=image.content_type,
        bytes=image.size,
        width=image.width,
        height=image.height,
        pages=image.pages,
        incomplete=image.incomplete,
        taken_at=iso(details.taken_at),
        taken_at_source=details.taken_at_source,
        uploaded_at=iso(image.uploaded_at),
        committed_at=iso_or_none(image.committed_at),
        title=details.title,
        label=details.label,
        body_site=None
        if site is None
        else TextSchema(text=site.text)
        if isinstance(site, BodySiteText)
        else coding_schema(site),
        laterality=None if details.laterality is None else coding_schema(details.laterality),
        view=details.view,
        type=details.type,
        notes=details.notes,
        consent=None if details.consent is None else ConsentSchema(**asdict(details.consent)),
        sensitive=details.sensitive,
        position=details.position,
        commit_id=image.commit_id,
        document_reference_id=image.document_reference_id,
        media_id=image.media_id,
    )


class FittedSchema(Schema):
    """A file that filing will write: sizes in bytes and pixels, and a sentence on what is done to the image.

    `encodes` counts the lossy encodes from what was sent to what is filed.
    """

    target: FitTarget
    content_type: str
    bytes: int
    limit: int
    width: int
    height: int
    done: str
    encodes: int
    outcome: Outcome


class FitSchema(Schema):
    """The files that filing will write for an image, one per resource."""

    files: list[FittedSchema]
