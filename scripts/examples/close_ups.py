"""A mole in close-up, and the same mole through a dermatoscope."""

import numpy as np
from camera import exposed, fall_off, focus
from fields import Field, Rng, Shape, blob, blur, cells, coordinates, noise, smooth, turned, window
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from skin import hairs, lit, patch, with_hairs


def mole(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw an irregular 8 mm mole on fair skin, from about 10 cm."""
    unit = shape[1] / 46
    skin = patch(rng, shape, unit=unit, melanin=0.16, blood=0.24, lines=28)
    x, y = coordinates(shape)
    x, y = x - 0.52 * shape[1], y - 0.49 * shape[0]
    bend = 0.13 * unit
    x_bent = x + bend * noise(rng, shape, 0.9 * unit, octaves=4, gain=0.6)
    y_bent = y + bend * noise(rng, shape, 0.9 * unit, octaves=4, gain=0.6)
    x_bent, y_bent = turned(x_bent, y_bent, 24)
    rim = blob(rng, x_bent, y_bent, radius=4.1 * unit, ragged=0.17, squeeze=1.14)
    body = smooth(rim, 1.06, 0.80)
    halo = smooth(rim, 1.45, 0.9)
    eccentric = blob(rng, x_bent + 1.0 * unit, y_bent + 0.5 * unit, radius=2.3 * unit, ragged=0.5)
    dark = smooth(eccentric, 1.15, 0.35)
    second = smooth(
        blob(rng, x_bent - 1.9 * unit, y_bent - 0.2 * unit, radius=1.0 * unit, ragged=0.5), 1.3, 0.4
    )
    patchy = noise(rng, shape, 1.5 * unit, octaves=4, gain=0.65)
    speckle = noise(rng, shape, 0.35 * unit, octaves=2)
    pigment = 0.85 + 0.95 * dark + 0.6 * second + 0.16 * patchy + 0.09 * speckle
    skin.melanin = skin.melanin + body * np.clip(pigment, 0.2, None) + 0.06 * halo
    skin.blood = skin.blood * (1 + 0.35 * halo * (1 - body) + 0.25 * body)
    skin.height = skin.height * (1 - 0.35 * body) + 0.22 * smooth(rim, 1.1, 0.5)
    skin.height += 0.02 * body * noise(rng, shape, 0.5 * unit, octaves=2)
    _freckles(rng, skin.melanin, unit, around=(0.52, 0.49))
    image = lit(skin, shine=1.0)
    vellus = hairs(rng, shape, count=70, length=5.5 * unit, thickness=0.035 * unit, direction=62)
    image = with_hairs(image, vellus * 0.55, colour=(0.36, 0.25, 0.16), shadow=0.07 * unit)
    image *= fall_off(shape, towards=215, amount=0.42)[..., None]
    sharp = focus(shape, centre=(0.52, 0.49), reach=0.30)
    return exposed(rng, image, gain=1.02, warmth=1.015, sharpness=sharp, softness=0.11 * unit, vignette=0.3)


def dermoscopy(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw the mole in polarised contact dermoscopy: no relief, a pigment network, a scale at the rim."""
    unit = shape[0] / 15
    x, y = coordinates(shape)
    x, y = x - 0.5 * shape[1], y - 0.5 * shape[0]
    skin = patch(rng, shape, unit=unit, melanin=0.13, blood=0.30, lines=20)
    skin.height *= 0.08
    skin.melanin = 0.13 + 0.25 * (skin.melanin - 0.13)
    skin.blood = blur(skin.blood, 0.12 * unit)
    bend = 0.10 * unit
    x_bent = x + bend * noise(rng, shape, 1.0 * unit, octaves=3)
    y_bent = y + bend * noise(rng, shape, 1.0 * unit, octaves=3)
    rim = blob(rng, *turned(x_bent, y_bent, 24), radius=3.9 * unit, ragged=0.20, squeeze=1.13)
    body = smooth(rim, 1.12, 0.72)
    border, value = cells(rng, x_bent, y_bent, 0.25 * unit)
    web = blur(1 - smooth(border, 0.02, 0.42), 0.022 * unit)
    faded = smooth(noise(rng, shape, 1.8 * unit, octaves=3), -1.0, 1.0)
    centre = smooth(
        blob(rng, x_bent + 0.9 * unit, y_bent + 0.4 * unit, radius=2.2 * unit, ragged=0.5), 1.3, 0.2
    )
    network = body * (1 - 0.75 * centre) * web * (0.22 + 0.78 * faded)
    even = body * (0.42 + 0.10 * noise(rng, shape, 1.0 * unit, octaves=3)) + centre * body * (
        0.55 + 0.10 * value
    )
    dots = np.zeros(shape, np.float32)
    for _ in range(70):
        angle, far = rng.uniform(0, 6.28), rng.normal(2.6, 0.9) * unit
        dots = np.maximum(
            dots,
            _dot(x_bent, y_bent, far * np.cos(angle), far * np.sin(angle), rng.uniform(0.05, 0.13) * unit),
        )
    veil = body * smooth(noise(rng, shape, 2.0 * unit, octaves=2), 0.6, 1.8) * centre
    skin.melanin = skin.melanin + 1.2 * network + 1.55 * even + 1.0 * dots * smooth(rim, 1.15, 0.9)
    skin.blood = skin.blood + 0.10 * body + 0.05 * smooth(rim, 1.6, 1.0)
    skin.tint = np.stack([1 - 0.16 * veil, 1 - 0.03 * veil, 1 + 0.10 * veil], axis=2).astype(np.float32)
    image = lit(skin, shine=0.12, relief=0.5)
    cover = hairs(rng, shape, count=9, length=6.5 * unit, thickness=0.075 * unit, direction=75)
    image = with_hairs(image, cover, colour=(0.06, 0.042, 0.03), shadow=0.02 * unit)
    image *= fall_off(shape, towards=120, amount=0.10)[..., None]
    out = np.hypot(x, y) / shape[0]
    image *= (1 - 0.30 * smooth(out, 0.22, 0.47))[..., None]
    field = smooth(out, 0.468, 0.4605)
    scale = _scale(shape, unit)
    image = image * (1 - 0.9 * scale * field)[..., None]
    dim = 0.006 + 0.012 * smooth(out, 0.55, 0.465)
    image = image * field[..., None] + dim[..., None] * (1 - field)[..., None]
    return exposed(rng, image, gain=1.12, warmth=0.985, vignette=0.0, grain=0.007)


def _freckles(rng: Rng, melanin: Field, unit: float, *, around: tuple[float, float]) -> None:
    height, width = melanin.shape
    for _ in range(26):
        x, y = rng.uniform(0, 1), rng.uniform(0, 1)
        if abs(x - around[0]) < 0.15 and abs(y - around[1]) < 0.2:  # noqa: PLR2004 (not on the mole)
            continue
        size = rng.uniform(0.25, 0.9) * unit
        left, top = x * width, y * height
        near = window((height, width), left, top, 3 * size)
        rows, columns = np.mgrid[near].astype(np.float32)
        spot = blob(rng, columns - np.float32(left), rows - np.float32(top), radius=size, ragged=0.4)
        melanin[near] += rng.uniform(0.05, 0.20) * smooth(spot, 1.4, 0.4)


def _dot(x: Field, y: Field, at_x: float, at_y: float, radius: float) -> Field:
    return smooth(np.hypot(x - np.float32(at_x), y - np.float32(at_y)), radius * 1.25, radius * 0.6)


def _scale(shape: Shape, unit: float) -> Field:
    """Draw a dermatoscope's millimetre marks on the contact plate's rim."""
    sheet = Image.new("L", (shape[1], shape[0]))
    pen = ImageDraw.Draw(sheet)
    middle_x, bottom = shape[1] / 2, shape[0] * 0.93
    for mark in range(-4, 5):
        at = middle_x + mark * unit
        tall = (0.5 if mark % 5 else 0.8) * unit * 0.55
        pen.line((at, bottom - tall, at, bottom), fill=255, width=max(2, round(unit * 0.035)))
    pen.line(
        (middle_x - 4 * unit, bottom, middle_x + 4 * unit, bottom),
        fill=255,
        width=max(2, round(unit * 0.035)),
    )
    pen.text(
        (middle_x + 4.2 * unit, bottom - 0.4 * unit),
        "mm",
        fill=255,
        font=ImageFont.load_default(size=0.42 * unit),
    )
    return blur(np.asarray(sheet, np.float32) / 255, 1.2)
