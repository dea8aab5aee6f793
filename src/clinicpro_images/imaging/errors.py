"""Files that can't be used as an image."""

from typing import Final

from clinicpro_images.errors import ClinicProError

UNREAD: Final = "This file can't be read: it is damaged, or of a kind or size that isn't supported. Export it again as JPEG or PDF."
"""Where a decoder gave up, and it doesn't say why: not everything that it can't read is damaged."""

TOO_SLOW: Final = (
    "This file takes too long to read: there is too much in it. Split it into smaller parts, or export it as JPEG, and add "
    "that."
)
"""The file used up its CPU time; nothing is known of its being damaged."""

PDF_UNREAD: Final = "This PDF can't be read: it is damaged, or of a kind that isn't supported. Print it to a new PDF and add that."

DIFFERS: Final = "This file can't be read reliably: two programs see different pictures in it. Export it as JPEG and add that."

ONE_READS: Final = (
    "This file can't be read reliably: one of two programs can't read it. Export it as JPEG and add that."
)


class ImageError(ClinicProError):
    """The file can't be used as an image."""

    slug = "picture-refused"
    title = "File not accepted"
    status = 422
    default_detail = "This file can't be used. Export it as JPEG and add it again."


class ImageUnsupported(ImageError):
    """Judged by its content, the file is not of an accepted type."""

    slug = "picture-type"
    title = "This file type can't be filed"
    status = 415
    default_detail = (
        "This file is not a photo or PDF that can be filed. Export it as JPEG or PDF and add it again."
    )


class ImageTooLarge(ImageError):
    """The file is larger than 25 MB or 100 megapixels."""

    slug = "picture-too-large"
    title = "File too large"
    status = 413
    default_detail = "This file is larger than 25 MB or 100 megapixels. Take it at a lower resolution, or split the document."


class ImageBroken(ImageError):
    """The file starts as an image but can't be decoded to its end."""

    slug = "picture-broken"
    title = "File can't be read"
    default_detail = "This file is damaged or incomplete. Export it again, or take a new photo."


class ImageEmpty(ImageError):
    """The file has zero bytes."""

    slug = "picture-empty"
    title = "Empty file"
    default_detail = "This file is empty (0 bytes). Export it again."


class NoSuchPage(ImageError):
    """The document has fewer pages."""

    slug = "no-such-page"
    title = "Page not found"
    status = 404
    default_detail = "This document has fewer pages. Reload to see how many it has."
