"""What Pillow raises for a file that it can't read: it documents OSError, and its plugins let others through."""

import struct
from typing import Final

from PIL import Image

UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    KeyError,
    TypeError,
    IndexError,
    RuntimeError,
    struct.error,
    Image.DecompressionBombError,
)
