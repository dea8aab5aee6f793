"""A JPEG wrapped in a TIFF: the same pixels, and the tags a strict reader needs."""

import io
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_scan
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.imaging.wrap import ascii_line, tiff_front
from image_files import make_jpeg, scene


def scan(image: bytes, description: str = "x") -> bytes:
    """The TIFF that is filed of a clean image that fits already."""
    fitted = fit_scan(image, "image/jpeg", description=description, limits=FitLimits())
    assert fitted.unchanged
    return fitted.content


def tags(tiff: bytes) -> dict[int, tuple[object, ...]]:
    """Read a little-endian TIFF's only directory as TIFF 6.0 specifies, verifying every assumption."""
    assert tiff[:4] == b"II*\x00"
    (at,) = struct.unpack_from("<I", tiff, 4)
    (count,) = struct.unpack_from("<H", tiff, at)
    found: dict[int, tuple[object, ...]] = {}
    numbers = []
    for index in range(count):
        tag, kind, length = struct.unpack_from("<HHI", tiff, at + 2 + 12 * index)
        letter, size = {2: ("s", 1), 3: ("H", 2), 4: ("I", 4), 5: ("II", 8)}[kind]
        place = at + 2 + 12 * index + 8
        if length * size > 4:
            (place,) = struct.unpack_from("<I", tiff, place)
            assert place % 2 == 0
        form = f"<{length}s" if letter == "s" else "<" + letter * length
        found[tag] = struct.unpack_from(form, tiff, place)
        numbers.append(tag)
    assert numbers == sorted(numbers)
    assert struct.unpack_from("<I", tiff, at + 2 + 12 * count) == (0,)
    return found


@pytest.mark.parametrize("size", [(1600, 1200), (641, 479), (17, 9), (1, 1)])
@pytest.mark.parametrize(
    ("mode", "subsampling"), [("RGB", s) for s in ("4:2:0", "4:2:2", "4:4:4")] + [("L", "")]
)
def test_a_wrapped_jpeg_has_identical_pixels(size: tuple[int, int], mode: str, subsampling: str) -> None:
    image = clean(make_jpeg(width=size[0], height=size[1], mode=mode, subsampling=subsampling)).content

    tiff = Image.open(io.BytesIO(scan(image, "Left forearm")))
    plain = Image.open(io.BytesIO(image))

    assert (tiff.format, tiff.mode, tiff.size) == ("TIFF", plain.mode, plain.size)
    assert (np.asarray(tiff) == np.asarray(plain)).all()


def test_the_jpeg_stream_is_inside_unchanged() -> None:
    image = clean(make_jpeg()).content

    tiff = scan(image)

    (offset,), (length,) = tags(tiff)[273], tags(tiff)[279]
    assert isinstance(offset, int)
    assert isinstance(length, int)
    assert tiff[offset : offset + length] == image
    assert offset + length == len(tiff)
    assert offset % 2 == 0


@pytest.mark.parametrize(
    ("subsampling", "factors"), [("4:2:0", (2, 2)), ("4:2:2", (2, 1)), ("4:4:4", (1, 1))]
)
def test_colour_tags_are_what_a_strict_reader_needs(subsampling: str, factors: tuple[int, int]) -> None:
    found = tags(scan(clean(make_jpeg(subsampling=subsampling)).content))

    assert found[254] == (0,)
    assert (found[256], found[257], found[278]) == ((640,), (480,), (480,))
    assert (found[258], found[277], found[284]) == ((8, 8, 8), (3,), (1,))
    assert (found[259], found[262]) == ((7,), (6,))
    assert (found[530], found[531]) == (factors, (1,))
    assert found[532] == (0, 1, 255, 1, 128, 1, 255, 1, 128, 1, 255, 1)
    assert (found[282], found[283], found[296]) == ((300, 1), (300, 1), (2,))


def test_grey_has_no_colour_tags() -> None:
    found = tags(scan(clean(make_jpeg(mode="L")).content))

    assert (found[258], found[262], found[277]) == ((8,), (1,), (1,))
    assert not found.keys() & {530, 531, 532}


def test_the_description_is_the_only_text_inside() -> None:
    found = tags(scan(clean(make_jpeg()).content, "Left forearm – lesion – Māori “Mole 1”"))

    texts = [value for (value, *_) in found.values() if isinstance(value, bytes)]
    assert texts == [b'Left forearm - lesion - Maori "Mole 1"\x00']  # lint-words: allow Maori


@given(st.text(max_size=300))
def test_any_description_becomes_one_line_of_ascii_that_reads_back(text: str) -> None:
    line = ascii_line(text)

    assert all(" " <= character <= "~" for character in line)
    tiff = scan(clean(make_jpeg(width=16, height=16)).content, text)
    assert tags(tiff)[270] == (line.encode() + b"\x00",)
    Image.open(io.BytesIO(tiff)).load()


def rgb_jpeg() -> bytes:
    out = io.BytesIO()
    scene(64, 64).save(out, "JPEG", keep_rgb=True)
    return out.getvalue()


@pytest.mark.parametrize("misread", [make_jpeg(progressive=True), make_jpeg(mode="CMYK"), rgb_jpeg()])
def test_a_jpeg_that_tiff_readers_would_misread_is_not_wrapped(misread: bytes) -> None:
    with pytest.raises(ValueError, match="baseline"):
        tiff_front(misread, description="x", dpi=300)
