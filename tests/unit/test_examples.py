"""The demo's invented photos: with as much metadata as a phone's, and clean after the upload."""

import io
import json
from importlib.resources import files
from typing import Any

import pytest
from PIL import Image

from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_scan
from clinicpro_images.imaging.inspect import inspect
from clinicpro_images.imaging.limits import FitLimits

FOLDER = files("clinicpro_images.web") / "examples"
LISTED: list[dict[str, str]] = json.loads((FOLDER / "examples.json").read_text(encoding="utf-8"))
TRACES = (b"Kahu", b"KAHU", b"KH7P-INVENTED-0042", b"2026:11", b"Exif", b"KahuOS")


def example(name: str) -> bytes:
    return (FOLDER / f"{name}.jpg").read_bytes()


def exif(content: bytes) -> Any:
    return Image.open(io.BytesIO(content)).getexif()


NAMES = [listed["name"] for listed in LISTED]


def test_there_is_a_handful_and_every_one_is_listed_with_a_title_and_a_label() -> None:
    assert len(NAMES) == len(set(NAMES)) >= 5
    for listed in LISTED:
        assert listed["file"] == f"{listed['name']}.jpg"
        assert listed["title"]
        assert listed["label"]
    assert {file.name for file in FOLDER.iterdir()} == {f"{name}.jpg" for name in NAMES} | {"examples.json"}


def test_together_they_stay_below_6_mb() -> None:
    assert sum(len(example(name)) for name in NAMES) < 6_000_000


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_what_a_phone_would_have_saved(name: str) -> None:
    content = example(name)
    tags = exif(content)
    camera, place = tags.get_ifd(0x8769), tags.get_ifd(0x8825)

    assert Image.open(io.BytesIO(content)).size == (4032, 3024)
    assert (tags[0x010F], tags[0x0110]) == ("Kahu", "Kahu 7 Pro")
    assert tags[0x0112] == inspect(content).orientation
    assert camera[0xA431] == "KH7P-INVENTED-0042"
    assert camera[0x927C].startswith(b"KAHU")
    assert camera[0x9003].startswith("2026:11:")
    assert (place[1], place[3]) == ("S", "E")
    assert content.count(b"\xff\xd8\xff") == 2, "the picture and its thumbnail"


@pytest.mark.parametrize("name", NAMES)
def test_an_example_was_taken_in_the_open_sea(name: str) -> None:
    place = exif(example(name)).get_ifd(0x8825)
    south, east = (
        float(part[0]) + float(part[1]) / 60 + float(part[2]) / 3600 for part in (place[2], place[4])
    )

    assert 41.5 < south < 42.5
    assert 178 < east < 179


def test_phones_were_held_in_every_way_people_hold_them() -> None:
    assert {inspect(example(name)).orientation for name in NAMES} == {1, 3, 6, 8}


@pytest.mark.parametrize("name", NAMES)
def test_cleaning_leaves_the_scan_and_which_way_is_up_without_metadata(name: str) -> None:
    content = example(name)
    found = inspect(content)

    cleaned = clean(content)

    assert all(trace in content for trace in TRACES)
    turned = found.orientation != 1
    assert not any(trace in cleaned.content for trace in TRACES if not turned or trace != b"Exif")
    assert dict(exif(cleaned.content)) == ({0x0112: found.orientation} if turned else {})
    assert (cleaned.width, cleaned.height) == ((3024, 4032) if found.orientation in {6, 8} else (4032, 3024))
    assert not cleaned.reencoded


@pytest.mark.parametrize("name", NAMES)
def test_an_example_fits_inbox_scan_without_metadata(name: str) -> None:
    cleaned = clean(example(name))

    fitted = fit_scan(cleaned.content, cleaned.content_type, description="Mole 1", limits=FitLimits())

    assert max(fitted.width, fitted.height) == 2400
    assert len(fitted.content) < 1_000_000
    assert not any(trace in fitted.content for trace in TRACES)
