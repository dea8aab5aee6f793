"""Fields: smooth noise, cells, blur and blobs, as float32 arrays of (height, width)."""

from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

Field = NDArray[np.floating[Any]]
Rng = np.random.Generator
Shape = tuple[int, int]


def blur(field: Field, sigma: float) -> Field:
    """Apply a Gaussian blur of `sigma` pixels; large blurs are computed at a smaller size, which looks the same."""
    if sigma < 0.3:  # noqa: PLR2004 (pixels: smaller blurs are invisible)
        return field
    height, width = field.shape
    factor = max(1, int(sigma // 6))
    image = pyvips.Image.new_from_memory(
        np.ascontiguousarray(field, np.float32).tobytes(), width, height, 1, "float"
    )
    if factor > 1:
        image = image.shrink(factor, factor, ceil=True)
    image = image.gaussblur(sigma / factor, precision="float")
    if factor > 1:
        image = image.resize(width / image.width, vscale=height / image.height, kernel="linear")
    return _array(image, (height, width))


def noise(rng: Rng, shape: Shape, feature: float, *, octaves: int = 1, gain: float = 0.5) -> Field:
    """Return smooth noise with mean 0 and standard deviation about 1; its largest features are `feature` pixels wide."""
    total = np.zeros(shape, np.float32)
    weight, power = 1.0, 0.0
    for _ in range(octaves):
        step = max(feature, 1.0)
        rows, columns = int(shape[0] / step) + 4, int(shape[1] / step) + 4
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        if step > 1:
            image = pyvips.Image.new_from_memory(grid.tobytes(), columns, rows, 1, "float")
            image = image.resize(step, kernel="cubic")
            total += weight * _array(image, shape) * np.float32(1.25)
        else:
            total += weight * grid[: shape[0], : shape[1]]
        power += weight * weight
        weight *= gain
        feature /= 2
    return total / np.float32(power**0.5)


def coordinates(shape: Shape) -> tuple[Field, Field]:
    """Return the x and y of every pixel."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    return x, y


def cells(rng: Rng, x: Field, y: Field, size: float) -> tuple[Field, Field]:
    """Return each point's distance from its cell's border (0 to about 0.5) and a random number per cell.

    The cells are a Voronoi diagram of random points, one per square of `size` pixels, which resembles skin.
    """
    u, v = x / np.float32(size), y / np.float32(size)
    u, v = u - u.min() + 2, v - v.min() + 2
    columns, rows = int(u.max()) + 3, int(v.max()) + 3
    at_x = rng.random((rows, columns), np.float32)
    at_y = rng.random((rows, columns), np.float32)
    value = rng.random((rows, columns), np.float32)
    column, row = u.astype(np.int32), v.astype(np.int32)
    nearest = np.full(u.shape, 9, np.float32)
    second = np.full(u.shape, 9, np.float32)
    mine = np.zeros(u.shape, np.float32)
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            c, r = column + right, row + down
            flat = r * columns + c
            far = np.hypot(c + at_x.take(flat) - u, r + at_y.take(flat) - v)
            closer = far < nearest
            second = np.where(closer, nearest, np.minimum(second, far))
            mine = np.where(closer, value.take(flat), mine)
            nearest = np.minimum(nearest, far)
    return second - nearest, mine


def smooth(field: Field, low: float, high: float) -> Field:
    """Return 0 below `low`, 1 above `high` and an S-curve between; reversed if `low` is larger than `high`."""
    t = np.clip((field - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def blob(rng: Rng, x: Field, y: Field, *, radius: float, ragged: float = 0.15, squeeze: float = 1.0) -> Field:
    """Return the distance from the centre of an irregular blob around (0, 0): 0 in the middle, 1 at the rim.

    `x` and `y` are pixel positions relative to its centre; `squeeze` makes it longer than wide.
    """
    angle = np.arctan2(y, x)
    rim = np.ones_like(x)
    for wave in range(2, 10):
        strength = ragged * float(rng.normal()) / wave**0.9
        rim += np.float32(strength) * np.cos(wave * angle + np.float32(rng.uniform(0, 6.28)))
    return np.asarray(np.hypot(x / squeeze, y * squeeze) / (np.float32(radius) * rim), np.float32)


def window(shape: Shape, x: float, y: float, reach: float) -> tuple[slice, slice]:
    """Return the part of an array within `reach` pixels of (x, y); empty if that is outside the array."""
    rows = slice(max(0, int(y - reach)), max(0, min(shape[0], int(y + reach) + 1)))
    columns = slice(max(0, int(x - reach)), max(0, min(shape[1], int(x + reach) + 1)))
    return rows, columns


def turned(x: Field, y: Field, degrees: float) -> tuple[Field, Field]:
    """Return the coordinates in axes rotated by `degrees`."""
    cos, sin = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    return x * cos + y * sin, y * cos - x * sin


def _array(image: pyvips.Image, shape: Shape) -> Field:
    found = np.frombuffer(image.cast("float").write_to_memory(), np.float32).reshape(
        image.height, image.width
    )
    return np.array(found[: shape[0], : shape[1]])
