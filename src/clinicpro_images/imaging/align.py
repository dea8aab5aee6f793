"""Aligns an earlier photo to a new one of the same skin, so that both can be shown over each other.

It answers where the earlier photo lies over the new one, or that it isn't sure; never how alike they are. Only the
aligner's process imports this module, because OpenCV is an extra and large.
"""

import json
import statistics
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
import pyvips
from numpy.random import default_rng
from numpy.typing import NDArray

Array = NDArray[Any]

_EDGE: Final = 640
"""Longest edge at which photos are aligned, in pixels."""

_FEATURES: Final = 1500
_CONTRAST: Final = 0.012
_ALIKE: Final = 0.86
"""How much nearer than the second nearest the nearest feature must be."""

_NEAR: Final = 3.0
"""How far from the fit a match may be, in pixels."""

_TURN: Final = 40.0
_SCALE: Final = (0.6, 1.65)
_SHEAR: Final = 0.12
"""What two photos of one place may differ by, in degrees and in shares: beyond it, a match is a coincidence."""

_MATCHES: Final = 14
_SPREAD: Final = 0.05
"""How many matches must agree, and on what share of the photo."""

_STEADY: Final = 0.01
"""How far apart the fits of two halves of the matches may put a point, in widths."""

_SEEN: Final = 0.12
_OVERLAP: Final = 0.25
"""How well the aligned photos must correlate in the median tile, and what share of the new one must be covered."""


@dataclass(frozen=True)
class _Photo:
    """A photo at the size at which it is aligned: its relief, and its features."""

    relief: Array
    points: Array
    features: Array

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.relief.shape[1])


def align(content: bytes, *, first: int) -> bytes:
    """Return JSON: the six numbers that map the earlier photo (`first` bytes long) onto the new one after it, or null.

    [a, b, c, d, e, f] is CSS's `matrix()`: x' = a x + c y + e, y' = b x + d y + f, with x and y in widths of the earlier
    photo and x' and y' in widths of the new one.
    """
    configure()
    earlier, new = _photo(content[:first]), _photo(content[first:])
    found = _aligned(earlier, new)
    if found is None:
        return b"null"
    linear = found[:, :2] * (earlier.width / new.width)
    moved = found[:, 2] / new.width
    return json.dumps([*linear.T.ravel().tolist(), *moved.tolist()]).encode()


def configure() -> None:
    """One thread, and no other device: the process that aligns has nothing else."""
    cv2.setNumThreads(1)
    cv2.ocl.setUseOpenCL(False)
    cv2.setRNGSeed(1)


def _photo(content: bytes) -> _Photo:
    image = pyvips.Image.jpegload_buffer(content, fail_on="warning")
    image = image.thumbnail_image(_EDGE, height=_EDGE, size="both")
    green = image[1] if image.bands > 1 else image[0]
    grey = np.frombuffer(green.write_to_memory(), np.uint8).reshape(green.height, green.width)
    relief = _relief(grey.astype(np.float32))
    drawn = np.clip(128 + 42 * relief, 0, 255).astype(np.uint8)
    found, features = cv2.SIFT.create(nfeatures=_FEATURES, contrastThreshold=_CONTRAST).detectAndCompute(
        drawn, None
    )
    points = np.array([each.pt for each in found], np.float32).reshape(-1, 2)
    return _Photo(relief, points, _rooted(features))


def _relief(grey: Array) -> Array:
    """Return what is left without the light: the local mean taken off, divided by the local contrast."""
    fine = cv2.GaussianBlur(grey, (0, 0), 1.2)
    mean = cv2.GaussianBlur(fine, (0, 0), 14)
    contrast = np.sqrt(cv2.GaussianBlur((fine - mean) ** 2, (0, 0), 20))
    return np.asarray((fine - mean) / (contrast + 1.0), np.float32)


def _rooted(features: Array | None) -> Array:
    """Return SIFT's features compared by the square root of their parts (RootSIFT), which light changes less."""
    if features is None:
        return np.zeros((0, 128), np.float32)
    shares = features / (features.sum(axis=1, keepdims=True) + 1e-7)
    return np.asarray(np.sqrt(shares), np.float32)


def _aligned(earlier: _Photo, new: _Photo) -> Array | None:
    """Return the 2×3 matrix from the earlier photo's pixels to the new one's, or None if it isn't certain."""
    source, target = _matched(earlier, new)
    if len(source) < _MATCHES:
        return None
    rough = _rough(source, target)
    if rough is None or not _plausible(rough):
        return None
    # A camera that was held at another angle needs more than turn and scale.
    close = _distance(rough, source, target) < 2 * _NEAR
    fine = _fit(source[close], target[close])
    if fine is None or not _plausible(fine):
        fine = rough
    close = _distance(fine, source, target) < _NEAR
    source, target = source[close], target[close]
    if len(source) < _MATCHES or _spread(target, new) < _SPREAD:
        return None
    fine = _fit(source, target)
    if fine is None or not _plausible(fine) or not _steady(fine, source, target, new):
        return None
    return fine if _same_skin(fine, earlier, new) else None


def _matched(earlier: _Photo, new: _Photo) -> tuple[Array, Array]:
    """Return the points of features that are each other's nearest, and clearly so."""
    if len(earlier.features) < _MATCHES or len(new.features) < _MATCHES:
        return earlier.points[:0], new.points[:0]
    alike = earlier.features @ new.features.T
    rows = np.arange(len(alike))
    best = alike.argmax(axis=1)
    mutual = alike.argmax(axis=0)[best] == rows
    nearest = np.sqrt(np.clip(2 - 2 * alike[rows, best], 0, None))
    second = np.sqrt(np.clip(2 - 2 * np.partition(alike, -2, axis=1)[:, -2], 0, None))
    kept = mutual & (nearest < _ALIKE * second)
    return earlier.points[kept], new.points[best[kept]]


def _rough(source: Array, target: Array) -> Array | None:
    """Return the turn, scale and shift that most matches agree on (RANSAC), or None."""
    found: Array | None = cv2.estimateAffinePartial2D(
        source, target, method=cv2.RANSAC, ransacReprojThreshold=2 * _NEAR, maxIters=4000, confidence=0.999
    )[0]
    return found


def _fit(source: Array, target: Array) -> Array | None:
    """Return the affine map with the least squares."""
    if len(source) < 3:
        return None
    ones = np.hstack([source, np.ones((len(source), 1), np.float32)])
    found, _, rank, _ = np.linalg.lstsq(ones.astype(np.float64), target.astype(np.float64), rcond=None)
    return np.asarray(found.T) if rank == 3 else None


def _plausible(matrix: Array) -> bool:
    """Return whether turn, scale and slant are those of a camera held a little differently."""
    linear = matrix[:, :2]
    large, small = np.linalg.svd(linear, compute_uv=False)
    if (
        np.linalg.det(linear) <= 0
        or not _SCALE[0] < small <= large < _SCALE[1]
        or large / small > 1 + 2 * _SHEAR
    ):
        return False
    turn = np.degrees(np.arctan2(linear[1, 0] - linear[0, 1], linear[0, 0] + linear[1, 1]))
    return bool(abs(turn) < _TURN)


def _distance(matrix: Array, source: Array, target: Array) -> Array:
    return np.asarray(np.linalg.norm(_moved(matrix, source) - target, axis=1))


def _moved(matrix: Array, points: Array) -> Array:
    return np.asarray(points @ matrix[:, :2].T + matrix[:, 2])


def _spread(points: Array, photo: _Photo) -> float:
    """Return the share of the photo between the matches."""
    hull = cv2.convexHull(points.astype(np.float32))
    return float(cv2.contourArea(hull) / photo.relief.size)


def _steady(matrix: Array, source: Array, target: Array, new: _Photo) -> bool:
    """Return whether halves of the matches, by chance, each say the same as all."""
    chance = default_rng(1)
    (left, top), (right, bottom) = source.min(axis=0).tolist(), source.max(axis=0).tolist()
    x, y = np.meshgrid(np.linspace(left, right, 4), np.linspace(top, bottom, 4))
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    expected = _moved(matrix, grid)
    for _ in range(4):
        order = chance.permutation(len(source))
        half = _fit(source[order[: len(order) // 2]], target[order[: len(order) // 2]])
        if half is None:
            return False
        if np.linalg.norm(_moved(half, grid) - expected, axis=1).mean() > _STEADY * new.width:
            return False
    return True


def _same_skin(matrix: Array, earlier: _Photo, new: _Photo) -> bool:
    """Return whether the aligned photos show the same relief, tile by tile, where both show skin."""
    height, width = new.relief.shape
    moved = cv2.warpAffine(earlier.relief, matrix, (width, height))
    covered = cv2.warpAffine(np.ones_like(earlier.relief), matrix, (width, height)) > 0.99
    if covered.mean() < _OVERLAP:
        return False
    tile = width // 8
    found = []
    for top in range(0, height - tile + 1, tile):
        for left in range(0, width - tile + 1, tile):
            place = slice(top, top + tile), slice(left, left + tile)
            if covered[place].all():
                found.append(_correlation(moved[place], new.relief[place]))
    return len(found) >= 6 and statistics.median(found) >= _SEEN


def _correlation(one: Array, other: Array) -> float:
    one, other = one - one.mean(), other - other.mean()
    both = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / both if both > 0 else 0.0
