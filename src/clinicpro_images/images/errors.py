"""Images that are gone, locked or too many, and details that can't be stored."""

from clinicpro_images.errors import ClinicProError, NotFound
from clinicpro_images.imaging.errors import ImageError


class ImageGone(ImageError):
    """The picture was not filed in time, or removed, and its bytes were destroyed here."""

    slug = "image-gone"
    title = "Picture no longer here"
    status = 410
    default_detail = (
        "This picture was removed, or not filed within 24 hours, and was destroyed. Take a new one."
    )


class TooManyImages(ImageError):
    """The session's limit of pictures is reached."""

    slug = "too-many-images"
    title = "Session is full"
    status = 409
    default_detail = (
        "This session already holds 20 pictures. Remove one, or start again from Evolution, to add more."
    )


class ImageLocked(ImageError):
    """The picture is being filed or was filed, so it can't be changed or removed."""

    slug = "image-locked"
    title = "Picture already being filed"
    status = 409
    default_detail = (
        "This picture is being filed or was filed already, so it can't be changed or removed here. "
        "If something is missing, add another picture."
    )


class DetailsError(ClinicProError):
    """What was said about a picture can't be stored."""

    slug = "details-invalid"
    title = "Details not accepted"
    status = 422
    default_detail = "These details can't be stored as they are. Change them and try again."


class ImageFiled(NotFound):
    """The picture is in the record, so its bytes were destroyed here."""

    slug = "image-committed"
    title = "Picture is filed"
    status = 410
    default_detail = (
        "This picture is filed and no longer kept here. Look in the patient's inbox in Evolution."
    )
