"""A mole that is photographed again at later visits: the same skin and the same mole, a little changed."""

from dataclasses import dataclass

import numpy as np
from camera import exposed, fall_off
from fields import Rng, Shape, blob, coordinates, noise, smooth, turned
from numpy.typing import NDArray
from PIL import Image
from skin import hairs, lit, patch, with_hairs


@dataclass(frozen=True)
class Lesion:
    """A mole: `seed` makes its skin and form, `melanin` is that of the skin, `radius` and `width` of the photo are in mm."""

    seed: int
    melanin: float
    radius: float
    width: float = 46.0


@dataclass(frozen=True)
class Visit:
    """What is different at one visit: `growth` of the radius, and how the camera was held (degrees, scale, gain)."""

    growth: float = 1.0
    turn: float = 0.0
    scale: float = 1.0
    gain: float = 1.0


def drawn(lesion: Lesion, visit: Visit, shape: Shape) -> NDArray[np.uint8]:
    """Draw a lesion at one visit: (height, width, 3)."""
    # Drawn larger than needed, so that a turned photo has skin up to its edges.
    canvas = (round(shape[0] * 1.6), round(shape[1] * 1.6))
    rng = np.random.default_rng(lesion.seed)
    image = _skin_with_mole(rng, canvas, lesion, visit)
    picture = Image.fromarray(exposed(rng, image, gain=1.02 * visit.gain, warmth=1.01, vignette=0.2))
    height, width = canvas
    zoom = 1 / visit.scale
    angle = np.radians(visit.turn)
    cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
    x, y = shape[1] / 2, shape[0] / 2
    return np.asarray(
        picture.transform(
            (shape[1], shape[0]),
            Image.Transform.AFFINE,
            (
                cosine,
                sine,
                width / 2 - cosine * x - sine * y,
                -sine,
                cosine,
                height / 2 + sine * x - cosine * y,
            ),
            Image.Resampling.BICUBIC,
        )
    )


def _skin_with_mole(rng: Rng, shape: Shape, lesion: Lesion, visit: Visit) -> NDArray[np.float32]:
    unit = shape[1] / 1.6 / lesion.width
    skin = patch(rng, shape, unit=unit, melanin=lesion.melanin, blood=0.22, lines=rng.uniform(0, 90))
    x, y = coordinates(shape)
    x, y = x - 0.5 * shape[1], y - 0.5 * shape[0]
    bend = 0.13 * unit
    x = x + bend * noise(rng, shape, 0.9 * unit, octaves=4, gain=0.6)
    y = y + bend * noise(rng, shape, 0.9 * unit, octaves=4, gain=0.6)
    x, y = turned(x, y, rng.uniform(0, 180))
    radius = lesion.radius * visit.growth * unit
    rim = blob(rng, x, y, radius=radius, ragged=0.17, squeeze=rng.uniform(1.0, 1.25))
    body = smooth(rim, 1.06, 0.80)
    dark = smooth(blob(rng, x + 0.25 * radius, y, radius=0.55 * radius, ragged=0.5), 1.15, 0.35)
    patchy = noise(rng, shape, 1.5 * unit, octaves=4, gain=0.65)
    skin.melanin = skin.melanin + body * np.clip(0.85 + 0.9 * dark + 0.16 * patchy, 0.2, None)
    skin.blood = skin.blood * (1 + 0.25 * body)
    skin.height = skin.height * (1 - 0.35 * body) + 0.15 * smooth(rim, 1.1, 0.5)
    for _ in range(30):
        left, top = rng.uniform(-0.5, 0.5) * shape[1], rng.uniform(-0.5, 0.5) * shape[0]
        far = np.hypot(x - np.float32(left), y - np.float32(top))
        size = np.float32(rng.uniform(0.3, 0.9) * unit)
        skin.melanin = skin.melanin + np.float32(rng.uniform(0.05, 0.2)) * smooth(far / size, 1.4, 0.4)
    image = lit(skin, shine=0.8)
    cover = hairs(rng, shape, count=60, length=5.5 * unit, thickness=0.035 * unit, direction=62)
    image = with_hairs(image, cover * 0.5, colour=(0.3, 0.2, 0.13), shadow=0.07 * unit)
    image *= fall_off(shape, towards=215, amount=0.3)[..., None]
    return np.asarray(image, np.float32)
