"""Skin: relief of furrows and pores, colour from melanin and blood, and hairs."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from fields import Field, Rng, Shape, blur, cells, coordinates, noise, smooth, turned
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Colour = NDArray[np.floating[Any]]
"""Linear light, (height, width, 3)."""

_DERMIS: Final = np.array([0.86, 0.70, 0.585], np.float32)
"""Light reflected by skin without pigment or blood."""
_MELANIN: Final = np.array([0.74, 1.06, 1.38], np.float32)
_BLOOD: Final = np.array([0.27, 1.06, 0.92], np.float32)
"""How much red, green and blue melanin and blood absorb."""


@dataclass
class Skin:
    """A patch of skin: `melanin`, `blood` and `height` per pixel, `unit` pixels to a millimetre.

    `height` is in millimetres; `gloss` is how wet it looks; `tint` is any colour not due to pigment or blood.
    """

    melanin: Field
    blood: Field
    height: Field
    gloss: Field
    unit: float
    tint: Colour | None = None

    @property
    def shape(self) -> Shape:
        """Height and width in pixels."""
        return self.melanin.shape[0], self.melanin.shape[1]


def patch(rng: Rng, shape: Shape, *, unit: float, melanin: float, blood: float, lines: float = 20) -> Skin:
    """Return healthy skin; `lines` is the direction of its furrows in degrees."""
    x, y = coordinates(shape)
    bend = np.float32(0.20 * unit)
    x_bent = x + bend * noise(rng, shape, 3.2 * unit, octaves=3)
    y_bent = y + bend * noise(rng, shape, 3.2 * unit, octaves=3)
    along, across = turned(x_bent, y_bent, lines)
    coarse, coarse_value = cells(rng, along / 1.4, across, 0.72 * unit)
    height = 0.030 * smooth(coarse, 0, 0.30) + 0.008 * coarse_value
    if unit > 18:  # noqa: PLR2004 (finer furrows are visible only in close-ups)
        fine, fine_value = cells(rng, along / 1.25 + 7 * unit, across, 0.30 * unit)
        height += 0.016 * smooth(fine, 0, 0.36) + 0.006 * fine_value
    height = blur(np.asarray(height, np.float32), 0.05 * unit)
    height += np.float32(0.0034) * noise(rng, shape, max(0.12 * unit, 1.2), octaves=2)
    height += np.float32(0.05) * noise(rng, shape, 6 * unit, octaves=2)
    pores = smooth(noise(rng, shape, max(0.5 * unit, 2)), 2.15, 2.9)
    height -= np.float32(0.03) * pores
    mottle = noise(rng, shape, 9 * unit, octaves=4, gain=0.62)
    flush = noise(rng, shape, 7 * unit, octaves=5, gain=0.66)
    furrow = 1 - smooth(coarse, 0, 0.16)
    spots = smooth(noise(rng, shape, 1.7 * unit), 2.0, 2.8)
    pigment = melanin * (
        1 + 0.09 * mottle / (1 + 2 * melanin) + 0.05 * furrow + 0.05 * (coarse_value - 0.5)
    ) + 0.10 * spots * (0.3 + melanin)
    red = blood * (1 + 0.20 * flush + 0.10 * noise(rng, shape, 0.8 * unit, octaves=2) + 0.10 * pores)
    return Skin(
        melanin=np.asarray(pigment, np.float32),
        blood=np.asarray(np.clip(red, 0.02, None), np.float32),
        height=height,
        gloss=np.full(shape, 0.5, np.float32),
        unit=unit,
    )


def lit(
    skin: Skin, *, light: tuple[float, float] = (-0.62, -0.5), relief: float = 1.0, shine: float = 1.0
) -> Colour:
    """Return what a camera sees: pigment lit from `light` (x to the right, y downwards), with specular highlights."""
    rise_y, rise_x = np.gradient(blur(skin.height, 0.35) * np.float32(skin.unit))
    slope = light[0] * rise_x + light[1] * rise_y
    shade = np.clip(1 + relief * 0.62 * -slope, 0.35, 1.7)
    hollow = np.clip((skin.height - blur(skin.height, 0.7 * skin.unit)) * 2.2 * relief, -0.2, 0.08)
    absorbed = skin.melanin[..., None] * _MELANIN + skin.blood[..., None] * _BLOOD
    colour: Colour = _DERMIS * np.exp(-absorbed)
    if skin.tint is not None:
        colour = colour * skin.tint
    colour = colour * (shade * (1 + hollow))[..., None]
    glint = np.exp(-(((rise_x + 0.30) ** 2 + (rise_y + 0.26) ** 2) / np.float32(0.03)))
    glint = blur(np.asarray(glint, np.float32), 0.02 * skin.unit) * skin.gloss
    return np.asarray(
        colour + (shine * 0.11 * glint)[..., None] * np.array([1, 0.99, 0.97], np.float32), np.float32
    )


def hairs(
    rng: Rng,
    shape: Shape,
    *,
    count: int,
    length: float,
    thickness: float,
    direction: float,
    where: Field | None = None,
) -> Field:
    """Return how much of each pixel is covered by hair: `count` tapering curves about `length` pixels long."""
    sheet = Image.new("L", (shape[1], shape[0]))
    pen = ImageDraw.Draw(sheet)
    for _ in range(count):
        x, y = rng.uniform(-0.05, 1.05) * shape[1], rng.uniform(-0.05, 1.05) * shape[0]
        if (
            where is not None
            and where[min(max(int(y), 0), shape[0] - 1), min(max(int(x), 0), shape[1] - 1)] < rng.random()
        ):
            continue
        heading = np.radians(direction + rng.normal(0, 16))
        bend = rng.normal(0, 0.55) / 24
        reach = length * rng.uniform(0.5, 1.35) / 24
        wide = thickness * rng.uniform(0.6, 1.25)
        for step in range(24):
            x_next, y_next = x + reach * np.cos(heading), y + reach * np.sin(heading)
            width = max(1, round(wide * (1 - (step / 24) ** 2 * 0.85)))
            pen.line((x, y, x_next, y_next), fill=int(255 * (1 - 0.5 * step / 24)), width=width)
            x, y, heading = x_next, y_next, heading + bend
    return blur(np.asarray(sheet, np.float32) / 255, max(0.8, thickness * 0.22))


def with_hairs(
    image: Colour, cover: Field, *, colour: tuple[float, float, float], shadow: float = 6
) -> Colour:
    """Draw hairs over a lit image, each with a soft shadow below and to the right."""
    offset = round(shadow)
    thrown = np.roll(blur(cover, shadow * 0.6), (offset, offset), (0, 1))
    darkened = image * (1 - 0.28 * np.clip(thrown, 0, 1))[..., None]
    opacity = np.clip(cover * 0.85, 0, 1)[..., None]
    return np.asarray(darkened * (1 - opacity) + np.array(colour, np.float32) * opacity, np.float32)
