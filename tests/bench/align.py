"""`scripts/bench align`: is an earlier photo aligned to a new one, and refused if they show different skin?

Renders moles on skin of six tones, twice each: as they were, and as they are at the next visit, with another turn (to
25°), scale (0.75 to 1.3), place, light, focus and growth. Prints the share within 1 % of the width, the time, and how many
pairs of different moles were refused, and exits 1 below the targets. It takes some
15 CPU-minutes; `--keep DIR --pairs 0-49 --strangers 0-24` does a part of it.
"""

import argparse
import functools
import io
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts" / "examples"))

from lesions import Lesion, Visit, drawn

from clinicpro_images.imaging.align import align

Pixels = NDArray[Any]

TONES = (0.1, 0.3, 0.62, 1.0, 1.5, 2.2)
CANVAS = (660, 880)
PHOTO = (480, 640)
WITHIN = 0.01
SECONDS = 1.0
SHARE = 0.95


@dataclass(frozen=True)
class Held:
    """How a camera was held: where it looked (pixels off the middle), turned (degrees), how near, and in what light."""

    x: float
    y: float
    turn: float
    scale: float
    gain: float
    slope: float
    warmth: float
    blur: float


@dataclass(frozen=True)
class Pair:
    """Two photos of one mole, and how each was held."""

    number: int
    earlier: bytes
    new: bytes
    then: Held
    now: Held


def held(rng: np.random.Generator, *, first: bool) -> Held:
    """A first visit is held straight; the next one within ±25° and 0.75 to 1.3 of it."""
    return Held(
        x=rng.uniform(-24, 24),
        y=rng.uniform(-18, 18),
        turn=0.0 if first else rng.uniform(-25, 25),
        scale=1.0 if first else float(np.exp(rng.uniform(np.log(0.75), np.log(1.3)))),
        gain=rng.uniform(0.75, 1.25),
        slope=rng.uniform(-0.3, 0.3),
        warmth=rng.uniform(0.93, 1.07),
        blur=rng.uniform(0.0, 1.6),
    )


def matrix(how: Held) -> Pixels:
    """From the photo's pixels to the canvas."""
    angle, near = np.radians(how.turn), 1 / how.scale
    cosine, sine = near * np.cos(angle), near * np.sin(angle)
    middle = np.array([CANVAS[1] / 2 + how.x, CANVAS[0] / 2 + how.y])
    linear = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([linear, middle - linear @ (PHOTO[1] / 2, PHOTO[0] / 2)])


def photographed(canvas: Pixels, how: Held, rng: np.random.Generator) -> bytes:
    """The part of the canvas that the camera sees, as a JPEG."""
    (a, b, c), (d, e, f) = matrix(how)
    small = (PHOTO[1], PHOTO[0])
    seen = Image.fromarray(canvas).transform(
        small, Image.Transform.AFFINE, (a, b, c, d, e, f), Image.Resampling.BICUBIC
    )
    light: Pixels = np.asarray(seen.filter(ImageFilter.GaussianBlur(how.blur)), np.float32)
    across = np.linspace(-0.5, 0.5, PHOTO[1], dtype=np.float32)
    light = light * (how.gain * (1 + how.slope * across))[None, :, None]
    light = light * np.array([how.warmth, 1, 1 / how.warmth], np.float32) + rng.normal(0, 3.0, light.shape)
    encoded = io.BytesIO()
    Image.fromarray(np.clip(light, 0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=82)
    return encoded.getvalue()


def rendered(number: int) -> Pair:
    """A pair, always the same for a number."""
    rng = np.random.default_rng([19, number])
    lesion = Lesion(
        seed=7000 + number,
        melanin=TONES[number % len(TONES)] * rng.uniform(0.9, 1.1),
        radius=rng.uniform(1.8, 4.5),
        width=rng.uniform(30, 55),
    )
    then, now = held(rng, first=True), held(rng, first=False)
    growth = float(rng.choice([1.0, 1.0, 1.0, 1.15, 1.35]))
    before = drawn(lesion, Visit(), CANVAS)
    after = before if growth == 1 else drawn(lesion, Visit(growth=growth), CANVAS)
    return Pair(number, photographed(before, then, rng), photographed(after, now, rng), then, now)


def off_by(pair: Pair, found: list[float]) -> float:
    """How far from the truth the earlier photo is put, in widths: the mean over what both photos show."""
    x, y = np.meshgrid(np.linspace(0, PHOTO[1], 17), np.linspace(0, PHOTO[0], 13))
    points = np.stack([x.ravel(), y.ravel()])
    canvas = matrix(pair.then)[:, :2] @ points + matrix(pair.then)[:, 2:]
    true = np.linalg.solve(matrix(pair.now)[:, :2], canvas - matrix(pair.now)[:, 2:])
    shown = (true[0] >= 0) & (true[0] <= PHOTO[1]) & (true[1] >= 0) & (true[1] <= PHOTO[0])
    a, b, c, d, e, f = found
    put = np.array([[a, c], [b, d]]) @ (points / PHOTO[1]) + np.array([[e], [f]])
    return float(np.linalg.norm(put - true / PHOTO[1], axis=0)[shown].mean())


def aligned(earlier: bytes, new: bytes) -> tuple[list[float] | None, float]:
    """What the aligner says, and the seconds it took."""
    started = time.perf_counter()
    found = json.loads(align(earlier + new, first=len(earlier)))
    return found, time.perf_counter() - started


def stranger(number: int) -> tuple[int, int]:
    """The numbers of two pairs that show different moles: half of them on skin of one tone."""
    return number, number + (len(TONES) * (1 + number % 5) if number % 2 else 1 + number % 5)


def part(text: str) -> range:
    """Read `50-99`, both included."""
    first, last = text.split("-")
    return range(int(first), int(last) + 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench align", description=__doc__)
    parser.add_argument("--pairs", type=part, default=range(200), help="which pairs: 0-199")
    parser.add_argument(
        "--strangers", type=part, default=range(100), help="which pairs of different moles: 0-99"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that render")
    parser.add_argument("--keep", type=Path, help="a folder for the rendered photos, to use them again")
    parser.add_argument(
        "--only-render", action="store_true", help="render into that folder, and measure nothing"
    )
    options = parser.parse_args()
    needed = {*options.pairs, *(each for number in options.strangers for each in stranger(number))}
    pairs = _pairs(sorted(needed), options.workers, options.keep)
    if options.only_render:
        return
    offs, seconds = [], []
    for number in options.pairs:
        found, took = aligned(pairs[number].earlier, pairs[number].new)
        offs.append(np.inf if found is None else off_by(pairs[number], found))
        seconds.append(took)
    wrongly = [
        (one, other)
        for one, other in map(stranger, options.strangers)
        if aligned(pairs[one].earlier, pairs[other].new)[0] is not None
    ]
    numbers, off = np.array(options.pairs), np.array(offs)
    good = off <= WITHIN
    by_tone = [
        f"{int(good[numbers % len(TONES) == at].sum())}/{int((numbers % len(TONES) == at).sum())}"
        for at in range(len(TONES))
    ]
    sys.stdout.write(
        f"within {WITHIN:.0%} of the width: {int(good.sum())} of {len(off)}; by tone, light to dark {by_tone}\n"
        f"refused: {numbers[np.isinf(off)].tolist()}\n"
        f"aligned wrongly: {numbers[~good & np.isfinite(off)].tolist()}\n"
        f"off by, median: {np.median(off[np.isfinite(off)]):.2%}\n"
        f"seconds: median {np.median(seconds):.2f}, p95 {np.percentile(seconds, 95):.2f}, most {max(seconds):.2f}\n"
        f"different moles refused: {len(options.strangers) - len(wrongly)} of {len(options.strangers)} {wrongly}\n"
    )
    sys.exit(1 if good.mean() < SHARE or wrongly or max(seconds) > SECONDS else 0)


def _pairs(numbers: list[int], workers: int, keep: Path | None) -> dict[int, Pair]:
    with ProcessPoolExecutor(workers) as pool:
        return dict(zip(numbers, pool.map(functools.partial(_kept, keep=keep), numbers), strict=True))


def _kept(number: int, *, keep: Path | None) -> Pair:
    """A pair as it was rendered before, or rendered now."""
    if keep is None:
        return rendered(number)
    keep.mkdir(parents=True, exist_ok=True)
    earlier, new = (keep / f"{number}-{which}.jpg" for which in ("earlier", "new"))
    if not new.exists():
        pair = rendered(number)
        earlier.write_bytes(pair.earlier)
        new.write_bytes(pair.new)
        return pair
    rng = np.random.default_rng([19, number])
    rng.uniform(0.9, 1.1), rng.uniform(1.8, 4.5), rng.uniform(30, 55)
    then, now = held(rng, first=True), held(rng, first=False)
    return Pair(number, earlier.read_bytes(), new.read_bytes(), then, now)


if __name__ == "__main__":
    main()
