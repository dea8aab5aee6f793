"""A phone's camera: focus, vignette, sensor noise, sharpening, tone curve."""

from typing import Final

import numpy as np
from fields import Field, Rng, Shape, blur, coordinates, noise, smooth
from numpy.typing import NDArray
from skin import Colour

_LINEAR_PART: Final = 0.0031308
"""Below this, sRGB is linear (IEC 61966-2-1)."""


def exposed(
    rng: Rng,
    image: Colour,
    *,
    gain: float = 1.0,
    warmth: float = 1.0,
    sharpness: Field | None = None,
    softness: float = 5.0,
    vignette: float = 0.35,
    grain: float = 0.012,
) -> NDArray[np.uint8]:
    """Convert linear light to what a phone saves: 8-bit sRGB.

    `sharpness` is 1 where the image is in focus and 0 where it is blurred by `softness` pixels.
    """
    height, width = image.shape[:2]
    light = image * np.float32(gain) * np.array([warmth, 1, 1 / warmth], np.float32)
    if sharpness is not None:
        light = _defocused(light, sharpness, softness)
    x, y = coordinates((height, width))
    edge = np.hypot((x / width - 0.5) * 1.15, y / height - 0.5)
    light = light * (1 - vignette * smooth(edge, 0.18, 0.95))[..., None]
    light = np.stack([blur(np.ascontiguousarray(light[..., c]), 0.75) for c in range(3)], axis=2)
    shot = np.sqrt(np.clip(light, 0.002, None))
    luma = noise(rng, (height, width), 1.0)
    luma = 0.75 * luma + 0.5 * blur(noise(rng, (height, width), 1.0), 0.8) * 2
    for channel in range(3):
        chroma = blur(noise(rng, (height, width), 1.0), 1.6) * 2.2
        light[..., channel] += grain * shot[..., channel] * (luma + 0.55 * chroma)
    light = np.clip(light, 0, None)
    light = (
        light / (1 + 0.20 * light**2) * 1.06
    )  # a soft shoulder that keeps highlights from clipping to white
    coded = np.where(
        light <= _LINEAR_PART, light * 12.92, 1.055 * np.power(np.clip(light, 1e-6, None), 1 / 2.4) - 0.055
    )
    coded = coded + 0.035 * np.sin(2 * np.pi * np.clip(coded, 0, 1)) * -1
    sharpened = coded + 0.45 * (
        coded - np.stack([blur(np.asarray(coded[..., c], np.float32), 1.6) for c in range(3)], 2)
    )
    return np.asarray(np.clip(sharpened * 255 + 0.5, 0, 255), np.uint8)


def focus(shape: Shape, *, centre: tuple[float, float], reach: float) -> Field:
    """Return 1 within `reach` of `centre` (fractions of the width), falling to 0 at twice that distance."""
    x, y = coordinates(shape)
    far = np.hypot(x / shape[1] - centre[0], (y / shape[1] - centre[1] * shape[0] / shape[1]) * 1.1)
    return smooth(far, reach * 2.2, reach)


def fall_off(shape: Shape, *, towards: float, amount: float) -> Field:
    """Return light that fades across the image: brightest at `towards` degrees, `amount` darker at the far side."""
    x, y = coordinates(shape)
    along = np.cos(np.radians(towards)) * (x / shape[1] - 0.5) + np.sin(np.radians(towards)) * (
        y / shape[0] - 0.5
    )
    return np.asarray(1 + amount * along, np.float32)


def _defocused(light: Colour, sharpness: Field, softness: float) -> Colour:
    out = np.empty_like(light)
    for channel in range(3):
        plane = np.ascontiguousarray(light[..., channel])
        half, full = blur(plane, softness * 0.45), blur(plane, softness)
        inner = np.clip(sharpness * 2 - 1, 0, 1)
        outer = np.clip(sharpness * 2, 0, 1)
        out[..., channel] = full + (half - full) * outer + (plane - half) * inner
    return out
