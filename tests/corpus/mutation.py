"""Valid files with a few bytes changed, removed, duplicated or inserted, as Hypothesis chooses."""

from typing import Final

from hypothesis import strategies as st

from containers import document_pdf, filled_form_pdf, make_heic, make_tiff, make_webp, tiff_16_bit_rgb
from image_files import icc_profile, make_jpeg, make_png, png_16_bit

SEEDS: Final = (
    make_jpeg(width=48, height=40, orientation=6, gps=True, marker="MARK"),
    make_jpeg(width=48, height=40, progressive=True),
    make_jpeg(width=33, height=17, mode="CMYK"),
    make_jpeg(width=33, height=17, mode="L", subsampling=""),
    make_jpeg(width=48, height=40, profile=icc_profile("p3")),
    make_png(width=48, height=40, mode="RGBA"),
    make_png(width=48, height=40, mode="P", profile=icc_profile("p3")),
    png_16_bit(width=40, height=30),
    make_heic(width=64, height=48, orientation=6, marker="MARK"),
    make_heic(width=64, height=64, mode="RGBA", profile=icc_profile("p3")),
    make_webp(width=48, height=40, orientation=6, mode="RGBA"),
    make_webp(width=48, height=40, lossless=True, profile=icc_profile("p3")),
    make_tiff(width=48, height=40, orientation=6),
    make_tiff(width=48, height=40, mode="P", compression="tiff_lzw"),
    make_tiff(width=48, height=40, mode="1", compression="group4", pages=2),
    make_tiff(width=48, height=40, compression="jpeg"),
    tiff_16_bit_rgb(width=40, height=30),
    document_pdf(marker="MARK", image=make_jpeg(width=48, height=40)),
    filled_form_pdf("text"),
)

_EDGES: Final = (
    b"\x00",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\x80\x00\x00\x00",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Return a valid file with one to eight mutations, most of them near its start, where its structure is."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        reach = len(content) if draw(st.booleans()) else min(len(content), 700)
        at = draw(st.integers(0, max(0, reach - 1)))
        match draw(st.sampled_from(["flip", "bit", "edge", "cut", "insert", "remove", "double", "swap"])):
            case "flip":
                content[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "bit":
                content[at : at + 1] = bytes([content[at] ^ 1 << draw(st.integers(0, 7))]) if content else b""
            case "edge":
                edge = draw(st.sampled_from(_EDGES))
                content[at : at + len(edge)] = edge
            case "cut":
                del content[max(at, 4) :]
            case "insert":
                content[at:at] = draw(st.binary(max_size=12))
            case "remove":
                del content[at : at + draw(st.integers(1, 40))]
            case "double":
                content[at:at] = content[at : at + 64]
            case _:
                other = draw(st.sampled_from(SEEDS))
                content[at : at + 64] = other[at : at + 64]
    return bytes(content)
