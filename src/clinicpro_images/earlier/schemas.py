"""The JSON of earlier photos."""

from datetime import UTC

from pydantic import Field

from clinicpro_images.earlier.service import AlignmentReason, Listed
from clinicpro_images.images.schemas import CodingSchema, TextSchema, coding_schema
from clinicpro_images.records.protocol import EarlierImages
from clinicpro_images.schemas import Schema
from clinicpro_images.terminology.coding import Coding
from clinicpro_images.terminology.read_title import TitleParts, read_title


class EarlierImageSchema(Schema):
    """A photo that the record already holds.

    `ours`: its title has this product's form, and so gives site, side, view, type and label; otherwise these are empty.
    `date` is when it was taken if its title says so, else the record's date; null if there is neither.
    """

    id: str
    title: str
    date: str | None
    ours: bool
    body_site: CodingSchema | TextSchema | None
    laterality: CodingSchema | None
    view: str | None
    type: str | None
    label: str
    content_type: str


class ChosenSchema(Schema):
    """The earlier photo that is compared with the new ones, by its id; null if none is."""

    chosen: str | None = Field(pattern=r"^[0-9a-f]{32}$")


class AlignmentSchema(Schema):
    """Where an earlier photo lies over a new one: CSS's `matrix()`, from widths of the one to widths of the other.

    `matrix` is null if that is not certain (`reason` is "unsure"), or if this installation doesn't align ("unavailable").
    """

    matrix: list[float] | None
    reason: AlignmentReason


class EarlierImagesSchema(Schema):
    """The response of `GET /api/earlier-images`, newest first. `chosen` is the id of the one that is compared, or null.

    `unproven` were left out because nothing proves that they are this patient's; `more`: there are older ones.
    """

    images: list[EarlierImageSchema]
    chosen: str | None
    unproven: int
    more: bool


def earlier_images_schema(
    listed: list[Listed], listing: EarlierImages, chosen: str | None
) -> EarlierImagesSchema:
    """Return the JSON of a list."""
    return EarlierImagesSchema(
        images=[_earlier_image_schema(each) for each in listed],
        chosen=chosen,
        unproven=listing.unproven,
        more=listing.more,
    )


def _earlier_image_schema(listed: Listed) -> EarlierImageSchema:
    parts = read_title(listed.image.title)
    read = parts or TitleParts()
    taken = read.taken or listed.image.date
    return EarlierImageSchema(
        id=listed.id,
        title=listed.image.title,
        date=None
        if taken is None
        else taken.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        ours=parts is not None,
        body_site=_body_site(read.body_site),
        laterality=None if read.laterality is None else coding_schema(read.laterality),
        view=None if read.view is None else read.view.code,
        type=None if read.type is None else read.type.code,
        label=read.label,
        content_type=listed.image.content_type,
    )


def _body_site(site: Coding | str | None) -> CodingSchema | TextSchema | None:
    if site is None:
        return None
    return TextSchema(text=site) if isinstance(site, str) else coding_schema(site)
