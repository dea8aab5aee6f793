"""Choose the next JPEG quality to try: few encodes, and no lower a quality than the limit requires."""

import math
from dataclasses import dataclass
from typing import Final

from clinicpro_images.imaging.limits import FitLimits

_CLOSE_ENOUGH: Final = 0.93
"""A result that uses this share of the limit is good enough: another encode would gain less than two steps of quality."""
_TARGET: Final = 0.97
"""The share of the limit that the estimate targets, so that a small error still stays below the limit."""
_SLOPE: Final = 0.6
"""How a photo's size depends on the coarseness of quantisation: size ~ coarseness ** -0.6 (clinical photos: 0.5 to 0.8)."""
_MAX_ENCODES: Final = 5


@dataclass(frozen=True)
class EncodedJpeg:
    """One result of encoding: libjpeg's quality and the bytes."""

    quality: int
    content: bytes


def next_quality(attempts: list[EncodedJpeg], limits: FitLimits) -> int | None:
    """Return the quality to try after `attempts` (at least one), or None if no better result can be expected."""
    over = [attempt for attempt in attempts if len(attempt.content) >= limits.aim_bytes]
    under = [attempt for attempt in attempts if len(attempt.content) < limits.aim_bytes]
    highest = min((attempt.quality for attempt in over), default=limits.best_quality + 1) - 1
    lowest = max((attempt.quality for attempt in under), default=limits.floor_quality - 1) + 1
    if highest < lowest:
        return None
    if under:
        best = max(under, key=lambda attempt: attempt.quality)
        if len(best.content) >= _CLOSE_ENOUGH * limits.aim_bytes or len(attempts) >= _MAX_ENCODES:
            return None
    elif len(attempts) >= _MAX_ENCODES:
        return lowest
    return min(max(_estimate(attempts, limits), lowest), highest)


def _estimate(attempts: list[EncodedJpeg], limits: FitLimits) -> int:
    """Extrapolate from the last two sizes, or from one with the typical slope, on logarithmic scales."""
    last = attempts[-1]
    slope = _SLOPE
    if len(attempts) > 1:
        before = attempts[-2]
        run = math.log(_coarseness(last.quality) / _coarseness(before.quality))
        rise = math.log(len(before.content) / len(last.content))
        slope = min(max(rise / run, 0.2), 2.0)
    wanted = _coarseness(last.quality) * (len(last.content) / (_TARGET * limits.aim_bytes)) ** (1 / slope)
    return _quality(wanted)


def _coarseness(quality: int) -> float:
    """Return libjpeg's scale factor for its quantisation tables, in percent."""
    return 5000 / quality if quality < 50 else max(200 - 2 * quality, 1)  # libjpeg's own formula


def _quality(coarseness: float) -> int:
    return math.floor(5000 / coarseness if coarseness > 100 else (200 - coarseness) / 2)  # its inverse
