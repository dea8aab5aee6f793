"""How memory is kept: what held a picture goes back to the system once the picture is gone."""

import ctypes
import gc
import sys

_M_MMAP_THRESHOLD = -3
_PART_OF_AN_IMAGE = 128 * 1024


def return_freed_memory() -> None:
    """Give each large block pages of its own, which are returned when it is freed.

    glibc by itself raises the size from which it does so to that of the largest block it has seen, and then keeps
    pictures' room between small blocks that live on: 15 MB more at eight pictures at a time. Pictures arrive in parts
    of up to 250 kB, which are kept in the same way unless they count as large: 3 MB more. Other C libraries have no
    such setting.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, _PART_OF_AN_IMAGE)


def collect_garbage_less_often() -> None:
    """Leave what the start has built out of the search for cycles for good, and search less often.

    Nearly everything goes without a search, when nobody holds it any more; with it filing takes 3 % less.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 20, 50)
