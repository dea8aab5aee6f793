"""Rendered photos of skin for the capture coach: ten tones, lesions and hair, and what goes wrong with a phone's camera.

Nothing here is a photo of anyone. Scenes are light as a sensor meets it (linear), exposed as a phone's meter would, and
only then spoilt: out of focus, moved, too dark, too bright, or with a lamp's reflection.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.float32]
Fault = Literal["none", "focus", "motion", "dark", "bright", "glare", "ruler"]

# The ten tones of the Monk Skin Tone scale (Ellis Monk, skintone.google, CC BY 4.0).
MONK: Final = (
    "f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a", "292420",
)  # fmt: skip
WIDTH, HEIGHT = 800, 600


@dataclass(frozen=True)
class Variant:
    """One photo: which tone and scene, and what went wrong, how badly (pixels of 800, or exposure steps)."""

    tone: int
    seed: int
    fault: Fault
    amount: float = 0.0


def variants(seeds: int = 10, first: int = 0) -> list[Variant]:
    """Equal numbers of each tone and each fault: six for every scene, and one with a ruler; scenes from `first` on."""
    found = []
    for tone in range(len(MONK)):
        for seed in range(first, first + seeds):
            random = np.random.default_rng([tone, seed, 7])
            found += [
                Variant(tone, seed, "none"),
                Variant(tone, seed, "focus", float(random.uniform(3.0, 9.0))),
                Variant(tone, seed, "motion", float(random.uniform(9.0, 30.0))),
                Variant(tone, seed, "dark", float(random.uniform(1.6, 2.4))),
                Variant(tone, seed, "bright", float(random.uniform(1.6, 2.4))),
                Variant(tone, seed, "glare", float(random.uniform(0.7, 1.6))),
                Variant(tone, seed, "ruler", float(random.uniform(8.0, 22.0))),
            ]
    return found


def render(variant: Variant) -> Image.Image:
    """Return the photo."""
    random = np.random.default_rng([variant.tone, variant.seed])
    light = _scene(variant.tone, random)
    light *= 0.18 / float(np.exp(np.log(light.mean(axis=2) + 1e-3).mean()))
    match variant.fault:
        case "focus":
            light = _convolve(light, _disc(variant.amount))
        case "motion":
            light = _convolve(light, _line(variant.amount, random.uniform(0, np.pi)))
        case "dark":
            light *= 2.0**-variant.amount
        case "bright":
            light *= 2.0**variant.amount
        case "glare":
            light += _reflection(variant.amount, random)[..., None]
        case "ruler":
            _ruler(light, variant.amount, random)
        case "none":
            pass
    # Every lens and demosaicing softens a little; the rest is noise, of light and of the sensor.
    light = _convolve(light, _disc(0.8))
    noise = random.normal(0, 1, light.shape)
    light += noise * np.sqrt(np.maximum(light, 0) * 0.0006 + 0.00001)
    return Image.fromarray(np.asarray(_srgb(np.clip(light, 0, 1)) * 255 + 0.5, np.uint8))


def _scene(tone: int, random: np.random.Generator) -> Pixels:
    base = _linear(np.array([int(MONK[tone][at : at + 2], 16) for at in (0, 2, 4)]) / 255)
    light = np.ones((HEIGHT, WIDTH, 3), np.float32) * base.astype(np.float32)
    # The body is round, and lit from one side.
    light *= (1 + 0.35 * _clouds(random, 2.0))[..., None]
    # Fine lines and folds, and pores: some skin is smooth, some is rough.
    rough, folded, porous = random.uniform(0.02, 0.14), random.uniform(0.02, 0.12), random.uniform(0, 0.03)
    light *= (1 - rough * np.abs(_clouds(random, 0.8)) - folded * np.abs(_clouds(random, 1.2)))[..., None]
    light *= (1 + porous * _clouds(random, 0.4))[..., None]
    _lesion(light, random)
    for _ in range(int(random.integers(0, 26))):
        _hair(light, random)
    if random.random() < 0.4:
        _background(light, random)
    return np.maximum(light, 0.002)


def _clouds(random: np.random.Generator, steepness: float) -> Pixels:
    """Return noise of mean 0 and deviation 1 whose larger features are stronger, the more so the steeper."""
    spectrum = np.fft.rfft2(random.normal(0, 1, (HEIGHT, WIDTH)))
    rows, columns = np.fft.fftfreq(HEIGHT)[:, None], np.fft.rfftfreq(WIDTH)[None, :]
    frequency = np.hypot(rows, columns)
    frequency[0, 0] = np.inf
    field = np.fft.irfft2(spectrum / frequency**steepness, (HEIGHT, WIDTH))
    return np.asarray((field - field.mean()) / field.std(), np.float32)


def _lesion(light: Pixels, random: np.random.Generator) -> None:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    across, down = random.uniform(0.3, 0.7) * WIDTH, random.uniform(0.3, 0.7) * HEIGHT
    radius = random.uniform(30, 130)
    ragged = 1 + 0.18 * _clouds(random, 1.6)
    inside = np.hypot(columns - across, rows - down) / (radius * ragged)
    edge = 1 / (1 + np.exp(np.minimum((inside - 1) * random.uniform(10, 40), 80)))
    colour = np.array([random.uniform(0.35, 0.9), random.uniform(0.25, 0.6), random.uniform(0.25, 0.6)])
    mottled = 1 + 0.25 * _clouds(random, 0.9)
    light *= 1 - edge[..., None] * (1 - colour * mottled[..., None])


def _hair(light: Pixels, random: np.random.Generator) -> None:
    at = np.linspace(0, 1, 900)
    start = random.uniform(0, 1, 2) * (WIDTH, HEIGHT)
    angle, bend = random.uniform(0, 2 * np.pi), random.uniform(-1.2, 1.2)
    length = random.uniform(60, 260)
    columns = np.asarray(start[0] + at * length * np.cos(angle + bend * at), int)
    rows = np.asarray(start[1] + at * length * np.sin(angle + bend * at), int)
    here = (columns >= 0) & (columns < WIDTH - 1) & (rows >= 0) & (rows < HEIGHT - 1)
    light[rows[here], columns[here]] *= random.uniform(0.3, 0.6)
    light[rows[here] + 1, columns[here]] *= 0.8


def _background(light: Pixels, random: np.random.Generator) -> None:
    """A sheet or a desk in one corner."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    angle = random.uniform(0, 2 * np.pi)
    far = (columns - WIDTH / 2) * np.cos(angle) + (rows - HEIGHT / 2) * np.sin(angle)
    behind = far > random.uniform(200, 300)
    weave = 1 + 0.05 * np.sin(columns * 0.9) * np.sin(rows * 0.9)
    light[behind] = (random.uniform(0.15, 0.7) * weave)[behind][..., None]


def _reflection(strength: float, random: np.random.Generator) -> Pixels:
    """A lamp on moist or oily skin: a few bright patches."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    light = np.zeros((HEIGHT, WIDTH), np.float32)
    for _ in range(int(random.integers(2, 5))):
        across, down = random.uniform(0.2, 0.8) * WIDTH, random.uniform(0.2, 0.8) * HEIGHT
        wide, high = random.uniform(35, 110), random.uniform(25, 80)
        light += np.exp(-(((columns - across) / wide) ** 2) - ((rows - down) / high) ** 2)
    return np.asarray(strength * light * (1 + 0.3 * np.abs(_clouds(random, 0.8))), np.float32)


def _ruler(light: Pixels, step: float, random: np.random.Generator) -> None:
    """A paper scale at any angle, its marks every `step` pixels."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    angle = random.uniform(0, np.pi)
    across, down = random.uniform(0.35, 0.65) * WIDTH, random.uniform(0.35, 0.65) * HEIGHT
    along = (columns - across) * np.cos(angle) + (rows - down) * np.sin(angle)
    beside = (rows - down) * np.cos(angle) - (columns - across) * np.sin(angle)
    paper = (np.abs(beside) < random.uniform(28, 50)) & (np.abs(along) < 14 * step)
    mark = (np.mod(along, step) < step * 0.3) & (beside < 12)
    light[paper] = 0.42
    light[paper & mark] = 0.03


def _disc(radius: float) -> Pixels:
    reach = int(np.ceil(radius)) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _line(length: float, angle: float) -> Pixels:
    reach = int(np.ceil(length / 2)) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for at in np.linspace(-length / 2, length / 2, 200):
        kernel[round(reach + at * np.sin(angle)), round(reach + at * np.cos(angle))] += 1
    return np.asarray(kernel / kernel.sum(), np.float32)


def _convolve(light: Pixels, kernel: Pixels) -> Pixels:
    """Convolve each colour, with edges mirrored."""
    reach = kernel.shape[0] // 2
    padded = np.pad(light, ((reach, reach), (reach, reach), (0, 0)), "reflect")
    shape = padded.shape[:2]
    spectrum = np.fft.rfft2(kernel, shape)[..., None] * np.fft.rfft2(padded, axes=(0, 1))
    whole = np.fft.irfft2(spectrum, shape, axes=(0, 1))
    return np.asarray(whole[2 * reach : 2 * reach + HEIGHT, 2 * reach : 2 * reach + WIDTH], np.float32)


def _linear(value: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _srgb(light: Pixels) -> Pixels:
    return np.asarray(
        np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055), np.float32
    )
