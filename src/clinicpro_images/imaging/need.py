"""What decoding a file will take: images that need much memory are decoded one at a time.

How much is known once a header has been read, before any pixel is decoded.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from clinicpro_images.imaging.errors import ImageTooLarge
from clinicpro_images.imaging.limits import LARGE_DECODE_BYTES, MAX_DECODE_BYTES

_MAY_BE_LARGE: Final = ContextVar("MAY_BE_LARGE", default=True)


class LargeImage(BaseException):
    """This image takes more than `LARGE_DECODE_BYTES`, and it isn't its turn. No code that handles broken files catches it."""


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


_TOO_MUCH: Final = "This photo is stored in a way that needs too much memory at this size. Save it again at a lower resolution."
