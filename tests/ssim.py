"""How alike two pictures look: the mean structural similarity (SSIM, Wang et al. 2004) of their luminance."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_WINDOW = 7
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def ssim(one: bytes, other: bytes) -> float:
    """Compare `other` with `one` at the size of `other`; both are files that Pillow reads."""
    second = Image.open(io.BytesIO(other)).convert("L")
    first = Image.open(io.BytesIO(one)).convert("L")
    if first.size != second.size:
        first = first.resize(second.size, Image.Resampling.LANCZOS)
    return _ssim(np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64))


def _ssim(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    mean_x, mean_y = _blurred(x), _blurred(y)
    variance_x = _blurred(x * x) - mean_x**2
    variance_y = _blurred(y * y) - mean_y**2
    covariance = _blurred(x * y) - mean_x * mean_y
    alike = (2 * mean_x * mean_y + _C1) * (2 * covariance + _C2)
    scale = (mean_x**2 + mean_y**2 + _C1) * (variance_x + variance_y + _C2)
    return float(np.mean(alike / scale))


def _blurred(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each window, by running sums."""
    sums = np.pad(pixels, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    window = sums[_WINDOW:, _WINDOW:] - sums[:-_WINDOW, _WINDOW:] - sums[_WINDOW:, :-_WINDOW]
    return np.asarray((window + sums[:-_WINDOW, :-_WINDOW]) / _WINDOW**2)
