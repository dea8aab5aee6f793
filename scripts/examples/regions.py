"""Body regions: a rash on a back, a stitched cut with a paper ruler, a forearm on a drape, an ulcer on a shin."""

import numpy as np
from camera import exposed, fall_off, focus
from fields import Field, Rng, Shape, blob, blur, cells, coordinates, noise, smooth, turned, window
from numpy.typing import NDArray
from skin import Colour, Skin, hairs, lit, patch, with_hairs
from things import cloth, ruler, stitches


def rash(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw a scattered maculopapular rash on a back, with the edge of a singlet."""
    unit = shape[1] / 210
    skin = patch(rng, shape, unit=unit, melanin=0.24, blood=0.21, lines=8)
    crowd = smooth(noise(rng, shape, 60 * unit, octaves=2), -1.5, 1.6)
    flare = np.zeros(shape, np.float32)
    for _ in range(1150):
        at_x, at_y = rng.uniform(0, shape[1]), rng.uniform(0, shape[0])
        if crowd[int(at_y), int(at_x)] < rng.uniform(0.05, 1):
            continue
        radius = float(np.clip(rng.lognormal(0.42, 0.45), 0.6, 4.5)) * unit
        _spot(rng, skin, flare, at_x, at_y, radius)
    flare = flare * (1 + 0.18 * noise(rng, shape, 0.9 * unit, octaves=3))
    skin.blood = skin.blood + 0.62 * np.clip(flare, 0, 1.25) + 0.10 * blur(np.clip(flare, 0, 1), 5 * unit)
    image = lit(skin, shine=0.5, relief=0.8)
    image *= _rounded(shape, middle=0.46, reach=0.95, power=1.7)[..., None]
    x, y = coordinates(shape)
    spine = (x - (0.47 + 0.02 * np.sin(y / shape[0] * 2.2)) * shape[1]) / (11 * unit)
    image *= (1 - 0.10 * np.exp(-(spine**2)) + 0.04 * np.exp(-((np.abs(spine) - 2.2) ** 2)))[..., None]
    down = hairs(rng, shape, count=500, length=5 * unit, thickness=0.16 * unit, direction=95)
    image = with_hairs(image, down * 0.28, colour=(0.32, 0.22, 0.15), shadow=0.2 * unit)
    hem = (
        y
        - (0.925 + 0.018 * np.sin(x / shape[1] * 4 + 1)) * shape[0]
        - 1.2 * unit * noise(rng, shape, 30 * unit, octaves=2)
    )
    image = _over(
        image, cloth(rng, shape, colour=(0.20, 0.23, 0.29), thread=0.9 * unit), hem, edge=1.2 * unit
    )
    sharp = focus(shape, centre=(0.48, 0.45), reach=0.42)
    return exposed(rng, image, gain=1.02, warmth=1.03, sharpness=sharp, softness=0.7 * unit, vignette=0.3)


def cut(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw a five-day-old stitched cut on a shin, with a paper ruler beside it."""
    unit = shape[1] / 92
    skin = patch(rng, shape, unit=unit, melanin=0.30, blood=0.22, lines=80)
    x, y = coordinates(shape)
    along, across = turned(x - 0.5 * shape[1], y - 0.40 * shape[0], -9)
    across = (
        across
        + 1.5 * unit * np.sin(along / (21 * unit))
        + 0.22 * unit * noise(rng, shape, 2.4 * unit, octaves=3)
    )
    length = 23 * unit
    inside = smooth(np.abs(along), length * 1.02, length * 0.93)
    gape = (
        (0.42 + 0.14 * noise(rng, shape, 4 * unit, octaves=2))
        * unit
        * np.sqrt(np.clip(1 - (along / length) ** 2, 0.04, 1))
    )
    line = smooth(np.abs(across), 1.5, 0.55) if unit < 1 else smooth(np.abs(across) / gape, 1.5, 0.6)
    line = line * inside
    crust = line * smooth(noise(rng, shape, 1.6 * unit, octaves=3), -0.8, 0.5)
    swelling = np.exp(-((across / (3.6 * unit)) ** 2)) * smooth(np.abs(along), length * 1.25, length * 0.7)
    pink = np.exp(-((np.abs(across) / (5.5 * unit)) ** 1.5)) * smooth(
        np.abs(along), length * 1.35, length * 0.75
    )
    skin.blood = skin.blood + 0.42 * pink * (1 + 0.25 * noise(rng, shape, 2.5 * unit, octaves=4)) + 1.5 * line
    skin.melanin = skin.melanin + 1.5 * crust + 0.5 * line + 0.05 * pink
    skin.height = skin.height + 0.55 * swelling - 0.40 * line + 0.24 * crust
    skin.height += 0.05 * crust * noise(rng, shape, 0.35 * unit, octaves=2)
    skin.gloss = skin.gloss + 0.9 * line + 0.3 * pink
    _scabs(rng, skin, along, across, length)
    image = lit(skin, shine=0.9)
    spots = np.linspace(-0.86, 0.86, 8) * length
    image = stitches(rng, image, along, across, at=spots, unit=unit)
    leg = hairs(
        rng, shape, count=170, length=9 * unit, thickness=0.085 * unit, direction=100, where=1 - 0.9 * pink
    )
    image = with_hairs(image, leg * 0.85, colour=(0.09, 0.06, 0.045), shadow=0.12 * unit)
    image *= _rounded(shape, middle=0.43, reach=1.05, power=2.0, upright=False)[..., None]
    image = ruler(rng, image, unit=unit, corner=(0.13 * shape[1], 0.665 * shape[0]), angle=-7.5)
    image *= fall_off(shape, towards=230, amount=0.22)[..., None]
    sharp = focus(shape, centre=(0.5, 0.48), reach=0.40)
    return exposed(rng, image, gain=1.05, warmth=1.02, sharpness=sharp, softness=0.14 * unit, vignette=0.3)


def forearm(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw a brown forearm on a drape from half a metre, with a suspicious pigmented spot."""
    unit = shape[1] / 300
    skin = patch(rng, shape, unit=unit, melanin=0.92, blood=0.30, lines=75)
    x, y = coordinates(shape)
    along, across = turned(x - 0.5 * shape[1], y - 0.5 * shape[0], -13)
    half = (47 - 17 * smooth(along / unit, -130, 120) + 3 * np.sin(along / (55 * unit) + 0.9)) * unit
    across = across + 4 * unit * np.sin(along / (95 * unit))
    out = across / half
    spot_x, spot_y = turned(along - 14 * unit, across + 9 * unit, 30)
    rim = blob(rng, spot_x, spot_y, radius=6.2 * unit, ragged=0.2, squeeze=1.1)
    skin.melanin = skin.melanin + smooth(rim, 1.15, 0.7) * (
        1.5 + 0.25 * noise(rng, shape, 1.6 * unit, octaves=3)
    )
    skin.height = skin.height + 0.35 * smooth(rim, 1.1, 0.4)
    skin.melanin = (
        skin.melanin * (1 + 0.30 * smooth(out, 0.2, -1.0)) * (1 + 0.10 * smooth(along / unit, -20, 140))
    )
    for _ in range(28):
        mark_x, mark_y = rng.uniform(-150, 150) * unit, rng.uniform(-38, 38) * unit
        mark = np.hypot(along - mark_x, across - mark_y) / (rng.uniform(0.5, 1.5) * unit)
        skin.melanin += np.float32(rng.uniform(0.1, 0.4)) * smooth(mark, 1.4, 0.5)
    veins = np.abs(across - (0.22 + 0.12 * np.sin(along / (52 * unit))) * half)
    skin.height += 0.5 * np.exp(-((veins / (2.4 * unit)) ** 2)) * smooth(along / unit, -90, 0)
    image = lit(skin, shine=0.8, relief=0.9)
    image[..., 2] *= 1 + 0.05 * np.exp(-((veins / (2.2 * unit)) ** 2))
    round_arm = np.sqrt(np.clip(1 - (0.96 * np.clip(out, -1, 1)) ** 2, 0.0, 1))
    towards_light = 0.42 + 0.62 * round_arm - 0.22 * np.clip(out, -1, 1)
    shine = np.exp(-(((out + 0.42) / 0.17) ** 2)) * (0.75 + 0.25 * noise(rng, shape, 14 * unit, octaves=3))
    image = image * towards_light[..., None] + 0.045 * shine[..., None]
    arm_hair = hairs(
        rng,
        shape,
        count=1500,
        length=11 * unit,
        thickness=0.30 * unit,
        direction=52,
        where=smooth(out, 1.05, -0.3),
    )
    image = with_hairs(image, arm_hair * 0.62, colour=(0.035, 0.026, 0.022), shadow=0.35 * unit)
    drape = cloth(rng, shape, colour=(0.055, 0.17, 0.20), thread=1.1 * unit, folds=0.8)
    thrown = smooth(np.abs(across - 9 * unit) / half, 1.28, 0.9)
    drape *= (1 - 0.62 * blur(thrown, 3.5 * unit))[..., None]
    image = _over(image, drape, (np.abs(out) - 1) * half, edge=0.55 * unit)
    image *= fall_off(shape, towards=235, amount=0.25)[..., None]
    sharp = focus(shape, centre=(0.53, 0.48), reach=0.36)
    return exposed(
        rng, image, gain=1.28, warmth=1.03, sharpness=sharp, softness=0.75 * unit, vignette=0.3, grain=0.015
    )


def ulcer(rng: Rng, shape: Shape) -> NDArray[np.uint8]:
    """Draw a venous ulcer above an ankle: red granulation, yellow slough, and brown, scaly skin around it."""
    unit = shape[1] / 120
    skin = patch(rng, shape, unit=unit, melanin=0.24, blood=0.24, lines=85)
    x, y = coordinates(shape)
    bend = 1.0 * unit
    x_bent = x - 0.5 * shape[1] + bend * noise(rng, shape, 6 * unit, octaves=4, gain=0.42)
    y_bent = y - 0.5 * shape[0] + bend * noise(rng, shape, 6 * unit, octaves=4, gain=0.42)
    rim = blob(rng, *turned(x_bent, y_bent, 63), radius=17 * unit, ragged=0.13, squeeze=1.22)
    bed = smooth(rim, 1.03, 0.93)
    margin = smooth(rim, 1.24, 1.01) * (1 - bed)
    stain = smooth(rim, 2.7, 1.1) * (0.62 + 0.38 * smooth(noise(rng, shape, 12 * unit, octaves=4), -1.0, 1.0))
    scale_border, scale_value = cells(rng, x_bent, y_bent, 2.4 * unit)
    scaly = smooth(rim, 2.3, 1.15) * (1 - bed) * smooth(scale_value, 0.52, 0.75)
    skin.melanin = skin.melanin * (1 - bed) + (0.62 * stain + 0.12 * margin) * (1 - bed)
    skin.blood = skin.blood * (1 - bed) + (0.26 * stain + 0.42 * margin) * (1 - bed)
    skin.height = skin.height * (1 - bed) + 0.35 * margin + scaly * 0.05 * smooth(scale_border, 0.0, 0.2)
    lumps, lump_value = cells(rng, x_bent, y_bent, 0.85 * unit)
    lump = blur(smooth(lumps, 0, 0.5), 0.16 * unit)
    slough = smooth(noise(rng, shape, 7 * unit, octaves=5, gain=0.72) - 1.0 * (1 - rim), -0.5, 1.5) * bed
    wet = noise(rng, shape, 2.2 * unit, octaves=4)
    red = 1.8 + 0.42 * wet + 0.35 * (lump_value - 0.5) + 0.35 * (1 - lump)
    skin.blood = skin.blood + bed * ((1 - slough) * red + slough * (0.52 + 0.16 * wet))
    skin.melanin = skin.melanin + bed * ((1 - slough) * 0.40 + slough * (0.52 + 0.16 * wet))
    skin.height = (
        skin.height + bed * (0.10 * lump * (1 - slough) + 0.07 * wet) - 0.55 * smooth(rim, 1.12, 0.78)
    )
    skin.gloss = np.asarray(0.35 + 1.5 * bed * smooth(wet, -0.3, 1.3), np.float32)
    pale = np.stack([1 + 0.16 * scaly, 1 + 0.17 * scaly, 1 + 0.18 * scaly], axis=2)
    yellow = np.stack([1 + 0.02 * slough, 1 + 0.03 * slough, 1 - 0.30 * slough], axis=2)
    skin.tint = np.asarray(pale * yellow, np.float32)
    image = lit(skin, shine=1.25)
    leg = hairs(
        rng,
        shape,
        count=60,
        length=9 * unit,
        thickness=0.09 * unit,
        direction=85,
        where=smooth(rim, 1.6, 2.6),
    )
    image = with_hairs(image, leg * 0.6, colour=(0.14, 0.10, 0.075), shadow=0.12 * unit)
    image *= _rounded(shape, middle=0.48, reach=0.72, power=2.2)[..., None]
    sheet = cloth(rng, shape, colour=(0.70, 0.71, 0.70), thread=0.5 * unit, folds=0.7)
    left = (0.055 + 0.02 * np.sin(y / shape[0] * 3 + 2)) * shape[1] - x
    right = x - (0.935 + 0.03 * np.sin(y / shape[0] * 2.6 + 0.4)) * shape[1]
    image = _over(image, sheet * 0.55, np.maximum(left, right), edge=0.5 * unit)
    image *= fall_off(shape, towards=250, amount=0.20)[..., None]
    sharp = focus(shape, centre=(0.5, 0.5), reach=0.36)
    return exposed(rng, image, gain=1.12, warmth=1.035, sharpness=sharp, softness=0.30 * unit, vignette=0.32)


def _spot(rng: Rng, skin: Skin, flare: Field, x: float, y: float, radius: float) -> None:
    """Draw one spot of the rash: redder in the middle, slightly raised, merging with its neighbours."""
    near = window(skin.shape, x, y, 2.6 * radius + 2)
    rows, columns = np.mgrid[near].astype(np.float32)
    rim = blob(rng, columns - np.float32(x), rows - np.float32(y), radius=radius, ragged=0.15)
    strength = np.float32(rng.uniform(0.45, 1.0))
    flare[near] = np.maximum(flare[near], strength * smooth(rim, 1.75, 0.25)) + 0.18 * strength * smooth(
        rim, 1.4, 0.4
    )
    skin.height[near] += np.float32(0.22 * rng.uniform(0.2, 1)) * smooth(rim, 1.2, 0.1)


def _scabs(rng: Rng, skin: Skin, along: Field, across: Field, length: float) -> None:
    """Draw a few dried drops of blood and grazes beside a cut."""
    for _ in range(16):
        x, y = rng.uniform(-1.1, 1.1) * length, rng.normal(0, 4.2) * skin.unit
        rim = blob(
            rng,
            along - np.float32(x),
            across - np.float32(y),
            radius=rng.uniform(0.15, 0.5) * skin.unit,
            ragged=0.25,
        )
        spot = smooth(rim, 1.35, 0.5)
        skin.blood += 1.1 * spot
        skin.melanin += 0.9 * spot
        skin.height += 0.08 * spot


def _rounded(shape: Shape, *, middle: float, reach: float, power: float, upright: bool = True) -> Field:
    """Return the shading of a limb or trunk that curves away on both sides of `middle`."""
    x, y = coordinates(shape)
    far = (x / shape[1] - middle) / reach if upright else (y / shape[0] - middle) / reach
    return np.asarray(np.clip(1.06 - np.abs(far * 1.35) ** power, 0.12, None), np.float32)


def _over(below: Colour, above: Colour, inside: Field, *, edge: float) -> Colour:
    """Draw `above` where `inside` is positive, with a soft shadow at its edge."""
    cover = smooth(inside, -edge, edge)[..., None]
    shadow = 1 - 0.35 * np.exp(-np.clip(-inside / (edge * 4), 0, None))[..., None]
    return np.asarray(below * shadow * (1 - cover) + above * cover, np.float32)
