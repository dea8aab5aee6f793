"""Files that can't be used as an image."""

from clinicpro_images.errors import ClinicProError


class ImageError(ClinicProError):
    """The file can't be taken as a picture."""

    slug = "image-refused"
    title = "Picture not accepted"
    status = 422
    default_detail = "This file can't be used as a picture. Export it as JPEG and add it again."


class ImageUnsupported(ImageError):
    """Not one of the accepted types, judged by content."""

    slug = "image-type"
    title = "Not a picture we can file"
    status = 415
    default_detail = (
        "This file is not a picture or PDF that can be filed. Export it as JPEG or PDF and add it again."
    )


class ImageTooLarge(ImageError):
    """More than 25 MB or more than 100 megapixels."""

    slug = "image-too-large"
    title = "Picture too large"
    status = 413
    default_detail = "This picture is larger than 25 MB or 100 megapixels. Take it at a lower resolution."


class ImageBroken(ImageError):
    """The file starts as a picture and can't be decoded to its end."""

    slug = "image-broken"
    title = "Picture damaged"
    default_detail = (
        "This picture is damaged or incomplete. Copy it from the camera again, or take a new one."
    )


class ImageEmpty(ImageError):
    """Zero bytes arrived."""

    slug = "image-empty"
    title = "Empty file"
    default_detail = "This file is empty (0 bytes). Copy it from the camera again."
