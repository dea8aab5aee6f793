"""What decoding a file will take: images that need much memory are decoded one at a time.

How much is known once a header has been read, before any pixel is decoded; of a file that grows, once it has grown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import (
    LARGE_DECODE_BYTES,
    LARGE_STORED_BYTES,
    MAX_CLEAN_BYTES,
    MAX_DECODE_BYTES,
)

_MAY_BE_LARGE: Final = ContextVar("MAY_BE_LARGE", default=True)


class LargeImage(BaseException):
    """This image takes more memory than several may take at once, and it isn't its turn.

    No code that handles broken files catches it.
    """


@contextmanager
def large_images(allowed: bool) -> Iterator[None]:
    """Allow large images to be decoded while the block runs, or raise LargeImage for them; by default they are allowed."""
    token = _MAY_BE_LARGE.set(allowed)
    try:
        yield
    finally:
        _MAY_BE_LARGE.reset(token)


def check_need(needed: int, integrator: str, *, most: int = MAX_DECODE_BYTES) -> None:
    """Check that an image of which `needed` bytes have to be in memory at once may be decoded now.

    Raises ImageTooLarge if that is more than `most`, and LargeImage. `integrator` says what takes so much.
    """
    if needed > most:
        raise ImageTooLarge(_TOO_MUCH, integrator=f"{integrator} would take {needed} bytes while decoding.")
    if needed > LARGE_DECODE_BYTES and not _MAY_BE_LARGE.get():
        raise LargeImage


def check_stored(size: int) -> None:
    """Check that an image that is stored with `size` bytes may be taken in now; raises ImageTooLarge and LargeImage."""
    if size > MAX_CLEAN_BYTES:
        raise ImageTooLarge(_GROWS)
    if size > LARGE_STORED_BYTES and not _MAY_BE_LARGE.get():
        raise LargeImage


_GROWS: Final = (
    "This file is small, but what is in it isn't: more than can be stored. Export it with fewer pages or pixels, and add "
    "it again."
)
_TOO_MUCH: Final = "This photo is stored in a way that needs too much memory at this size. Save it again at a lower resolution."
