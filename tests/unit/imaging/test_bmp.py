"""A BMP is read as Windows shows it, whatever wrote it, and becomes a PNG; what programs complete differently is refused."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageBroken, ImageUnsupported
from clinicpro_images.imaging.inspect import inspect
from containers import make_bmp
from image_files import icc_profile, is_upright, scene


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_bmp_becomes_a_png(mode: str) -> None:
    found, cleaned = inspect(make_bmp(mode=mode)), clean(make_bmp(mode=mode))

    assert (found.content_type, found.width, found.height) == ("image/bmp", 320, 240)
    assert cleaned.content_type == "image/png"
    meant = scene(320, 240).convert(mode).convert("RGB")
    shown = Image.open(io.BytesIO(cleaned.content)).convert("RGB")
    assert np.array_equal(np.asarray(shown), np.asarray(meant))


def test_the_fourth_byte_of_a_bmp_that_is_empty_everywhere_is_no_transparency() -> None:
    image = scene(320, 240).convert("RGBA")
    image.putalpha(0)
    out = io.BytesIO()
    image.save(out, "BMP")

    assert is_upright(clean(out.getvalue()).content)


def test_a_truncated_bmp_is_broken_and_an_unknown_kind_is_refused() -> None:
    content = make_bmp()
    with pytest.raises(ImageBroken):
        clean(content[: len(content) // 2])
    with pytest.raises(ImageUnsupported, match="kind that isn't supported"):
        clean(content[:28] + b"\x20\x00\x04" + content[31:])


def test_runs_are_accepted_if_they_cover_every_pixel() -> None:
    shown = Image.open(io.BytesIO(clean(_runs(b"\x04\x10\x00\x00\x04\x90\x00\x01")).content))

    assert shown.convert("L").tobytes() == bytes([0x90] * 4 + [0x10] * 4)
    for left_out in (
        b"\x02\x10\x00\x00\x04\x90\x00\x01",
        b"\x00\x02\x01\x00\x03\x10\x00\x01",
        b"\x04\x10\x00\x01",
    ):
        with pytest.raises(ImageUnsupported, match="kind that isn't supported"):
            clean(_runs(left_out))


def _runs(content: bytes, *, width: int = 4) -> bytes:
    """Return a grey BMP of 4 × 2 pixels, compressed with run lengths."""
    return _bmp(
        content, [(level, level, level) for level in range(256)], width=width, height=2, compression=1
    )


def test_a_run_may_end_behind_its_row_but_single_pixels_may_not() -> None:
    cleaned = clean(_runs(b"\x04\x10\x00\x00\x04\x90\x00\x01", width=3))

    shown = Image.open(io.BytesIO(cleaned.content)).convert("L")
    assert (shown.size, shown.tobytes()) == ((3, 2), bytes([0x90] * 3 + [0x10] * 3))
    for outside in (
        b"\x05\x10\x00\x00\x04\x90\x00\x01",
        b"\x00\x04\x01\x02\x03\x04\x00\x00\x04\x90\x00\x01",
    ):
        with pytest.raises(ImageUnsupported, match="kind that isn't supported"):
            clean(_runs(outside, width=3))


def _bmp(
    content: bytes,
    palette: list[tuple[int, int, int]],
    *,
    width: int,
    height: int,
    compression: int = 0,
    depth: int = 8,
    header_bytes: int = 40,
) -> bytes:
    """Return a BMP of these rows, from the bottom, with a palette of red, green and blue."""
    colours = b"".join(bytes([blue, green, red, 0]) for red, green, blue in palette)
    info = struct.pack(
        "<IiiHHIIiiII",
        header_bytes,
        width,
        height,
        1,
        depth,
        compression,
        len(content),
        0,
        0,
        len(palette),
        0,
    )
    info = info.ljust(header_bytes, b"\x00")
    start = 14 + len(info) + len(colours)
    return b"BM" + struct.pack("<IHHI", start + len(content), 0, 0, start) + info + colours + content


@pytest.mark.parametrize(("depth", "row"), [(8, b"\x00\x01\x01\x00" * 2), (4, b"\x01\x10\x01\x10")])
@pytest.mark.parametrize("white", [255, 254])
def test_black_and_white_is_seen_at_any_depth(depth: int, row: bytes, white: int) -> None:
    palette = [(0, 0, 0), (white, white, white)]

    cleaned = clean(_bmp(row * 8, palette, width=8, height=8, depth=depth))

    shown = Image.open(io.BytesIO(cleaned.content)).convert("L")
    assert shown.tobytes() == bytes([0, white, white, 0] * 16)


def test_greys_in_their_order_are_seen_at_four_bits() -> None:
    palette = [(level, level, level) for level in range(16)]

    cleaned = clean(_bmp(bytes.fromhex("0f8c0f8c") * 8, palette, width=8, height=8, depth=4))

    shown = Image.open(io.BytesIO(cleaned.content)).convert("L")
    assert shown.tobytes() == bytes([0, 15, 8, 12] * 16)


def test_a_bmp_of_os2_is_read_in_its_first_two_versions() -> None:
    rows = bytes(range(64)) * 4
    palette = [(level, 255 - level, 7) for level in range(256)]
    meant = Image.open(io.BytesIO(clean(_bmp(rows, palette, width=16, height=16)).content))

    second = clean(_bmp(rows, palette, width=16, height=16, header_bytes=64))
    assert Image.open(io.BytesIO(second.content)).tobytes() == meant.tobytes()
    colours = b"".join(bytes([blue, green, red]) for red, green, blue in palette)
    start = 26 + len(colours)
    first = b"BM" + struct.pack("<IHHIIHHHH", start + 256, 0, 0, start, 12, 16, 16, 1, 8) + colours + rows
    assert Image.open(io.BytesIO(clean(first).content)).tobytes() == meant.tobytes()
    with pytest.raises(ImageUnsupported):  # OS/2's own compression
        clean(_bmp(rows, palette, width=16, height=16, header_bytes=64, compression=4, depth=24))


def test_the_profile_of_a_bmp_is_applied() -> None:
    rows = bytes([40, 40, 220]) * 16 * 16
    plain = _bmp(rows, [], width=16, height=16, depth=24, header_bytes=124)
    profile = icc_profile("p3")
    described = bytearray(plain + profile)
    described[70:74] = b"DEBM"  # embedded, from the last byte to the first
    described[126:134] = struct.pack("<II", len(plain) - 14, len(profile))

    seen = [Image.open(io.BytesIO(clean(bytes(each)).content)).tobytes()[:3] for each in (plain, described)]

    assert seen[0] == bytes([220, 40, 40])
    assert seen[1][0] > 230
    with pytest.raises(ImageBroken):
        clean(bytes(described[:130]))
