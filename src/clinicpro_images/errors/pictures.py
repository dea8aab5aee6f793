"""Files that can't be taken as a picture, details that can't be stored, and pictures that are gone."""

from clinicpro_images.errors.root import ClinicProError, NotFound


class PictureError(ClinicProError):
    """The file can't be taken as a picture."""

    slug = "picture-refused"
    title = "Picture not accepted"
    status = 422
    default_detail = "This file can't be used as a picture. Export it as JPEG and add it again."


class PictureUnsupported(PictureError):
    """Not one of the accepted types, judged by content."""

    slug = "picture-type"
    title = "Not a picture we can file"
    status = 415
    default_detail = (
        "This file is not a picture or PDF that can be filed. Export it as JPEG or PDF and add it again."
    )


class PictureTooLarge(PictureError):
    """More than 25 MB or more than 100 megapixels."""

    slug = "picture-too-large"
    title = "Picture too large"
    status = 413
    default_detail = "This picture is larger than 25 MB or 100 megapixels. Take it at a lower resolution."


class PictureGone(PictureError):
    """The picture was not filed in time, or removed, and its bytes were destroyed here."""

    slug = "picture-gone"
    title = "Picture no longer here"
    status = 410
    default_detail = (
        "This picture was removed, or not filed within 24 hours, and was destroyed. Take a new one."
    )


class PictureBroken(PictureError):
    """The file starts as a picture and can't be decoded to its end."""

    slug = "picture-broken"
    title = "Picture damaged"
    default_detail = (
        "This picture is damaged or incomplete. Copy it from the camera again, or take a new one."
    )


class PictureEmpty(PictureError):
    """Zero bytes arrived."""

    slug = "picture-empty"
    title = "Empty file"
    default_detail = "This file is empty (0 bytes). Copy it from the camera again."


class TooManyPictures(PictureError):
    """The session's limit of pictures is reached."""

    slug = "too-many-pictures"
    title = "Session is full"
    status = 409
    default_detail = (
        "This session already holds 20 pictures. Remove one, or start again from Evolution, to add more."
    )


class PictureLocked(PictureError):
    """The picture is being filed or was filed, so it can't be changed or removed."""

    slug = "picture-locked"
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


class PictureFiled(NotFound):
    """The picture is in the record, so its bytes were destroyed here."""

    slug = "picture-filed"
    title = "Picture is filed"
    status = 410
    default_detail = (
        "This picture is filed and no longer kept here. Look in the patient's inbox in Evolution."
    )
