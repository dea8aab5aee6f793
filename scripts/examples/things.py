"""Things other than skin in a clinical photo: cloth, a paper ruler, stitches."""

import numpy as np
from fields import Field, Rng, Shape, blur, coordinates, noise, smooth, turned
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skin import Colour


def cloth(
    rng: Rng, shape: Shape, *, colour: tuple[float, float, float], thread: float, folds: float = 0.5
) -> Colour:
    """Return woven cloth with soft folds; `thread` is the distance between threads in pixels."""
    x, y = coordinates(shape)
    x = x + 1.5 * thread * noise(rng, shape, 40 * thread, octaves=2)
    y = y + 1.5 * thread * noise(rng, shape, 40 * thread, octaves=2)
    weave = np.sin(x / thread * 3.14159) * np.sin(y / thread * 3.14159)
    lean = x * 0.8 + y * 0.6 + 26 * thread * noise(rng, shape, 130 * thread, octaves=2)
    depth = smooth(noise(rng, shape, 150 * thread, octaves=2), -0.8, 1.4)
    crease = np.sin(lean / (34 * thread)) + 0.5 * np.sin(lean / (13 * thread) + 2 * depth)
    slope = np.gradient(blur(np.asarray(crease * depth, np.float32), 2 * thread))[1] * thread * 9
    shade = (
        1
        + folds * np.clip(0.55 * slope + 0.05 * crease * depth, -0.4, 0.35)
        + 0.10 * weave
        + 0.03 * noise(rng, shape, 2 * thread)
    )
    return np.asarray(np.clip(shade, 0.1, None)[..., None] * np.array(colour, np.float32), np.float32)


def ruler(rng: Rng, image: Colour, *, unit: float, corner: tuple[float, float], angle: float) -> Colour:
    """Draw a paper ruler of 70 mm by 14 mm at `corner`, rotated by `angle` degrees, with a thin shadow."""
    shape: Shape = (image.shape[0], image.shape[1])
    wide, tall = round(70 * unit), round(14 * unit)
    face = _face(wide, tall, unit)
    canvas = Image.new("L", (shape[1], shape[0]))
    sheet = Image.new("L", (shape[1], shape[0]))
    place = (round(corner[0]), round(corner[1]))
    canvas.paste(face, place)
    sheet.paste(255, (*place, place[0] + wide, place[1] + tall))
    middle = (corner[0] + wide / 2, corner[1] + tall / 2)
    canvas = canvas.rotate(-angle, Image.Resampling.BICUBIC, center=middle)
    sheet = sheet.rotate(-angle, Image.Resampling.BICUBIC, center=middle)
    cover = blur(np.asarray(sheet, np.float32) / 255, 0.8)
    ink = np.asarray(canvas, np.float32) / 255
    offset = max(1, round(0.30 * unit))
    thrown = np.roll(blur(cover, 0.35 * unit), (offset, offset), (0, 1))
    paper = (ink**1.9) * (
        0.80
        + 0.012 * noise(rng, shape, 0.35 * unit, octaves=3)
        + 0.018 * noise(rng, shape, 12 * unit, octaves=2)
    )
    tone = np.array([1.0, 0.985, 0.945], np.float32)
    darkened = image * (1 - 0.5 * thrown * (1 - cover))[..., None]
    return np.asarray(
        darkened * (1 - cover)[..., None] + paper[..., None] * tone * cover[..., None], np.float32
    )


def stitches(
    rng: Rng, image: Colour, along: Field, across: Field, *, at: NDArray[np.float64], unit: float
) -> Colour:
    """Draw interrupted black nylon stitches across a cut along `across` = 0, one at each position in `at`."""
    for place in at:
        x, y = turned(along - np.float32(place + rng.normal(0, 0.25) * unit), across, float(rng.normal(0, 5)))
        reach = np.float32(rng.uniform(2.2, 2.9) * unit)
        x = x - 0.10 * unit * np.sin(y / unit)
        thread = smooth(np.abs(x), 0.17 * unit, 0.10 * unit) * smooth(
            np.abs(y), float(reach) * 1.02, float(reach) * 0.97
        )
        side = 1 if rng.random() < 0.5 else -1  # noqa: PLR2004 (a coin toss)
        knot_y = y - side * reach * np.float32(0.62)
        knot = smooth(np.hypot(x * 1.1, knot_y) / unit, 0.52, 0.36)
        tails = np.zeros_like(x)
        for lean in (-32 + rng.normal(0, 10), 38 + rng.normal(0, 10)):
            tail_x, tail_y = turned(x, knot_y, float(lean))
            ahead = tail_y * side
            tails = np.maximum(
                tails,
                smooth(np.abs(tail_x), 0.15 * unit, 0.08 * unit)
                * smooth(np.abs(ahead - 1.3 * unit), 1.42 * unit, 1.36 * unit),
            )
        dark = np.clip(np.maximum.reduce([thread, knot, tails]), 0, 1)
        offset = max(1, round(0.12 * unit))
        thrown = np.roll(blur(dark, 0.12 * unit), (offset, offset), (0, 1))
        holes = smooth(np.hypot(x, np.abs(y) - reach) / unit, 0.75, 0.2)
        image = (
            image
            * (1 - 0.45 * thrown)[..., None]
            * (1 - np.array([0.18, 0.42, 0.38], np.float32) * holes[..., None])
        )
        glint = np.exp(-(((x + 0.05 * unit) / (0.045 * unit)) ** 2)) * thread * 0.05
        ink = np.array([0.017, 0.018, 0.026], np.float32) + glint[..., None]
        image = image * (1 - dark)[..., None] + ink * dark[..., None]
    return np.asarray(image, np.float32)


def _face(wide: int, tall: int, unit: float) -> Image.Image:
    """Draw the ruler's markings: millimetres, centimetres and numbers."""
    face = Image.new("L", (wide, tall), 246)
    pen = ImageDraw.Draw(face)
    font = ImageFont.load_default(size=3.3 * unit)
    small = ImageFont.load_default(size=2.0 * unit)
    thick = max(1, round(0.16 * unit))
    for mark in range(66):
        x = (2.5 + mark) * unit
        long = 6.0 if mark % 10 == 0 else 4.4 if mark % 5 == 0 else 3.0
        pen.line((x, 0, x, long * unit), fill=28, width=thick)
        if mark % 10 == 0:
            pen.text((x, 7.9 * unit), str(mark // 10), fill=28, font=font, anchor="mm")
    pen.text((2.5 * unit, 11.8 * unit), "cm", fill=28, font=small, anchor="lm")
    pen.text(
        (wide - 2.5 * unit, 11.8 * unit),
        "Initials ________   Date ________",
        fill=90,
        font=small,
        anchor="rm",
    )
    return face
