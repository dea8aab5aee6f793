"""The renditions that the widget displays."""

import io

import pytest
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.errors import ImageError
from clinicpro_images.imaging.limits import THUMB_EDGE, VIEW_EDGE
from clinicpro_images.imaging.rendition import rendition
from image_files import is_upright, make_jpeg, make_png


@pytest.mark.parametrize("edge", [THUMB_EDGE, VIEW_EDGE])
@pytest.mark.parametrize("shape", [(4032, 3024), (3024, 4032), (1700, 1600)])
def test_the_longest_edge_is_exactly_as_requested(edge: int, shape: tuple[int, int]) -> None:
    content = clean(make_jpeg(width=shape[0], height=shape[1])).content

    shown = rendition(content, edge=edge)

    image = Image.open(io.BytesIO(shown))
    assert (image.format, max(image.size)) == ("JPEG", edge)
    assert image.width / image.height == pytest.approx(shape[0] / shape[1], rel=0.01)
    assert is_upright(shown)


def test_a_small_image_is_not_upscaled() -> None:
    assert Image.open(io.BytesIO(rendition(clean(make_png()).content, edge=1600))).size == (320, 240)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_even_an_uncleaned_image_is_rendered_upright_and_without_exif(orientation: int) -> None:
    shown = rendition(make_jpeg(orientation=orientation, gps=True, marker="SERIAL-1"), edge=320)

    assert is_upright(shown)
    assert not Image.open(io.BytesIO(shown)).getexif()


@pytest.mark.parametrize("size", [(1, 5000), (5000, 1), (3, 2000)])
def test_thin_images_are_rendered(size: tuple[int, int]) -> None:
    assert (
        max(Image.open(io.BytesIO(rendition(make_jpeg(width=size[0], height=size[1]), edge=320))).size) == 320
    )


def test_a_file_that_is_no_image_has_no_rendition() -> None:
    with pytest.raises(ImageError):
        rendition(b"text", edge=320)
