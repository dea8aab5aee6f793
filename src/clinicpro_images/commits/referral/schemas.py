"""The JSON of a referral pack."""

from clinicpro_images.schemas import Schema


class ProfileSchema(Schema):
    """A profile that a form may have: each file's limit in bytes, and how many files it takes, null for any number."""

    code: str
    name: str
    bytes: int
    files: int | None


class ReferralFileSchema(Schema):
    """One file of the pack. `name` has no folder; `label` says honestly what it is.

    `saved_as` is its name when it is saved alone, never with the patient's: browsers keep a list of what they save.

    `marked`: a copy that was edited, so it may be cropped, turned, blurred or drawn on. `original_image_id` is then the
    unmarked original's, if its content is still here.
    """

    image_id: str
    name: str
    saved_as: str
    title: str
    content_type: str
    bytes: int
    width: int
    height: int
    marked: bool
    label: str
    original_image_id: str | None


class ReferralSchema(Schema):
    """What the pack contains under one limit, and the paragraph for the form; `left_out` says why a file is missing."""

    limit: str
    profiles: list[ProfileSchema]
    available_until: str
    paragraph: str
    files: list[ReferralFileSchema]
    left_out: list[str]
