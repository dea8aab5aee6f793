"""How the C library keeps memory: what held a picture goes back to the system once the picture is gone."""

import ctypes
import sys

_M_MMAP_THRESHOLD = -3
_A_PICTURE_OR_PART_OF_ONE = 256 * 1024


def give_pictures_back() -> None:
    """Give each large block pages of its own, which are returned when it is freed.

    glibc by itself raises the size from which it does so to that of the largest block it has seen, and then keeps
    pictures' room between small blocks that live on: 15 MB more at eight pictures at a time. Other C libraries have
    no such setting.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _A_PICTURE_OR_PART_OF_ONE)
