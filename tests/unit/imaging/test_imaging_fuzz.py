"""For any input, inspect and clean either return or raise an ImageError."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.formats.icc import colour_space, is_srgb
from clinicpro_images.imaging.inspect import inspect
from corpus.mutation import mutated
from image_files import icc_profile
from profiles import examples

PARAMETERS = icc_profile("p3").index(b"para") + 12


@given(mutated())
@examples(4)
def test_mutated_images_are_cleaned_or_refused(content: bytes) -> None:
    with suppress(ImageError):
        cleaned = clean(content)
        found = inspect(cleaned.content)
        assert found.content_type == cleaned.content_type
        if cleaned.content_type != "application/pdf":
            assert (found.width, found.height) == (cleaned.width, cleaned.height)
            assert found.orientation == 1 or not cleaned.reencoded  # a scan that is kept keeps its turn


@given(
    st.sampled_from(
        [
            b"",
            b"\xff\xd8\xff",
            b"\x89PNG\r\n\x1a\n",
            b"\xff\xd8\xff\xc0",
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x00\x00\x00\x00meta",
            b"RIFF\x40\x00\x00\x00WEBPVP8L",
            b"II*\x00\x08\x00\x00\x00",
            b"MM\x00*\x00\x00\x00\x08",
            b"%PDF-1.7\n",
        ]
    ),
    st.binary(max_size=400),
)
@examples(3)
def test_random_bytes_are_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(ImageError):
        clean(start + rest)


@given(st.integers(128, 620), st.binary(max_size=24))
@example(at=PARAMETERS, patch=b"\x7f\xff\xff\xff" * 4)
@example(at=PARAMETERS, patch=b"\x80\x00\x00\x00" + bytes(12))
@examples(4)
def test_a_corrupt_profile_never_crashes_the_parser(at: int, patch: bytes) -> None:
    profile = bytearray(icc_profile("p3"))
    profile[at : at + len(patch)] = patch

    assert colour_space(bytes(profile)) in {None, "rgb", "grey", "cmyk"}
    assert is_srgb(bytes(profile)) in {True, False}
