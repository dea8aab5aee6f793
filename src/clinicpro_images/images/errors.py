"""Images that are gone, locked or too many, and details that are invalid."""

from clinicpro_images.errors import ClinicProError, NotFound
from clinicpro_images.imaging.errors import ImageError


class ImageGone(ImageError):
    """The image was removed or not filed in time, so its content was destroyed here."""

    slug = "picture-gone"
    title = "Photo no longer here"
    status = 410
    default_detail = (
        "This photo was removed, or was not filed within 24 hours, so it has been destroyed. Take a new one."
    )


class ImageDamaged(ImageError):
    """What is stored of the image is not what was stored: it was changed or cut short on the disk."""

    slug = "picture-damaged"
    title = "Photo damaged on the server"
    status = 410
    default_detail = (
        "This photo was damaged on the server and can't be filed. Add the same file again, or take a new photo, and tell your "
        "administrator."
    )
    default_integrator = (
        "The encrypted file is not as it was written: check the disk, and restore it from a backup."
    )


class ImageMissing(ImageDamaged):
    """The store no longer has the image, which was neither filed nor removed."""

    slug = "picture-missing"
    title = "Photo lost on the server"
    default_detail = (
        "The server has lost this photo, so it can't be shown or filed. Add the same file again, or remove it here and take a "
        "new one. Tell your administrator."
    )
    default_integrator = (
        "The database has the photo, but the photo store doesn't: restore its file from a backup."
    )


class TooManyImages(ImageError):
    """The session already has the maximum number of images."""

    slug = "too-many-pictures"
    title = "Session is full"
    status = 409
    default_detail = (
        "This session already holds 20 photos, filed ones too. To add more, remove one; or file them, then open the "
        "patient again from Evolution."
    )


class ImageLocked(ImageError):
    """The image is being filed or has been filed, so it can't be changed or removed."""

    slug = "picture-locked"
    title = "Photo already being filed"
    status = 409
    default_detail = (
        "This photo is being filed or has been filed, so it can't be changed or removed here. "
        "If something is missing, add another photo."
    )


class NotTheOriginal(ImageError):
    """The file doesn't show what the image shows, so it isn't the original of it."""

    slug = "not-the-original"
    title = "Not the original of this photo"
    status = 422
    default_detail = "This file shows something else than the photo it belongs to. Nothing was changed. Add it as another photo."


class DetailsError(ClinicProError):
    """The details of an image can't be stored."""

    slug = "details-invalid"
    title = "Details not accepted"
    status = 422
    default_detail = "These details can't be stored as they are. Change them and try again."


class ImageCommitted(NotFound):
    """The image is in the record, so its content was destroyed here."""

    slug = "picture-filed"
    title = "Photo has been filed"
    status = 410
    default_detail = (
        "This photo has been filed and is no longer stored here. Look in the patient's inbox in Evolution."
    )
