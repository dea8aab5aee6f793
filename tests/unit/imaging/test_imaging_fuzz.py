"""Whatever comes in, inspect and clean either return or raise a PictureError."""

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clinicpro_images.errors import PictureError
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.icc import colour_of, says_srgb
from clinicpro_images.imaging.inspect import inspect
from photos import icc_profile, photo_jpeg, photo_png

SEEDS = (
    photo_jpeg(width=48, height=40, orientation=6, gps=True, marker="MARK"),
    photo_jpeg(width=48, height=40, progressive=True),
    photo_jpeg(width=33, height=17, mode="CMYK"),
    photo_jpeg(width=33, height=17, mode="L", subsampling=""),
    photo_jpeg(width=48, height=40, profile=icc_profile("p3")),
    photo_png(width=48, height=40, mode="RGBA"),
    photo_png(width=48, height=40, mode="P", profile=icc_profile("p3")),
)

PARAMETERS = icc_profile("p3").index(b"para") + 12


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A sound picture with a few bytes changed, cut out, doubled or put in."""
    content = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(content) - 1)))
        match draw(st.sampled_from(["flip", "cut", "insert", "remove", "double"])):
            case "flip":
                content[at : at + 1] = bytes([draw(st.integers(0, 255))])
            case "cut":
                del content[max(at, 4) :]
            case "insert":
                content[at:at] = draw(st.binary(max_size=12))
            case "remove":
                del content[at : at + draw(st.integers(1, 40))]
            case _:
                content[at:at] = content[at : at + 64]
    return bytes(content)


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_mutated_pictures_are_cleaned_or_refused(content: bytes) -> None:
    with suppress(PictureError):
        cleaned = clean(content)
        found = inspect(cleaned.content)
        assert (found.width, found.height, found.orientation) == (cleaned.width, cleaned.height, 1)


@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xc0"]),
    st.binary(max_size=400),
)
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(PictureError):
        clean(start + rest)


@given(st.integers(128, 620), st.binary(max_size=24))
@example(at=PARAMETERS, patch=b"\x7f\xff\xff\xff" * 4)
@example(at=PARAMETERS, patch=b"\x80\x00\x00\x00" + bytes(12))
@settings(max_examples=400, deadline=None)
def test_a_mangled_profile_never_breaks_the_reader(at: int, patch: bytes) -> None:
    profile = bytearray(icc_profile("p3"))
    profile[at : at + len(patch)] = patch

    assert colour_of(bytes(profile)) in {None, "rgb", "grey", "cmyk"}
    assert says_srgb(bytes(profile)) in {True, False}
