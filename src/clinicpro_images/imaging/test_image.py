"""A test image that no one can mistake for a patient's: a frame and a cross."""

import pyvips

_WIDTH, _HEIGHT, _LINE = 640, 480, 24
_PAPER, _INK = bytes((245, 245, 235)), bytes((0, 90, 110))


def marked_image() -> bytes:
    """Draw it and return it as a JPEG."""
    pixels = b"".join(
        _INK if _is_drawn(column, row) else _PAPER for row in range(_HEIGHT) for column in range(_WIDTH)
    )
    drawn = pyvips.Image.new_from_memory(pixels, _WIDTH, _HEIGHT, 3, "uchar").copy(interpretation="srgb")
    made: bytes = drawn.jpegsave_buffer(Q=90, keep="none")
    return made


def _is_drawn(column: int, row: int) -> bool:
    if not (_LINE <= column < _WIDTH - _LINE and _LINE <= row < _HEIGHT - _LINE):
        return True
    across = row * _WIDTH // _HEIGHT
    return abs(across - column) < _LINE or abs(across - (_WIDTH - column)) < _LINE
