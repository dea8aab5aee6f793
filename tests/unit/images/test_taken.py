"""The proposed time is the phone's or the file's own, if it can be true."""

from datetime import UTC, datetime

import pytest

from clinicpro_images.images.taken import propose
from clinicpro_images.imaging.formats.exif import taken
from clinicpro_images.imaging.inspect import inspect
from containers import make_heic, make_webp
from image_files import exif_block, make_jpeg

NOW = datetime(2026, 11, 28, 1, 30, tzinfo=UTC).timestamp()


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("written", "zone", "expected"),
    [
        ("2025:11:20 09:15:30", "+13:00", "2025-11-19T20:15:30"),
        ("2025:11:20 09:15:30", "-05:30", "2025-11-20T14:45:30"),
        ("2025:11:20 09:15:30", "Z", "2025-11-20T09:15:30"),
        ("2025:11:20 09:15:30", "", "2025-11-19T20:15:30"),  # summer time in New Zealand
        ("2025:07:20 09:15:30", "", "2025-07-19T21:15:30"),
        ("2026:11:28 14:31:00", "+13:00", "2026-11-28T01:30:00"),  # a minute ahead of the server
        ("2000:06:01 12:00:00", "+12:00", "2000-06-01T00:00:00"),
    ],
)
def test_a_plausible_date_is_proposed(written: str, zone: str, expected: str) -> None:
    found = propose(taken(exif_block(taken=written, zone=zone)), None, now=NOW)

    assert found == (utc(expected), "photo")


@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("2099:11:20 09:15:30", "+13:00"),
        ("2026:11:28 15:30:00", "+13:00"),
        ("1998:11:20 09:15:30", "+13:00"),
        ("2010:01:01 00:00:00", ""),
        ("2018:01:01 00:00:41", "+13:00"),
        ("0000:00:00 00:00:00", ""),
        ("2025:13:45 09:15:30", ""),
        ("2025:02:30 09:15:30", ""),
        ("    :  :     :  :  ", ""),
        ("2025:11:20 09:15:30", "+99:00"),
        ("yesterday", ""),
    ],
)
def test_a_date_that_can_not_be_true_is_not_proposed(written: str, zone: str) -> None:
    assert propose(taken(exif_block(taken=written, zone=zone)), None, now=NOW) == (NOW, "clock")


@pytest.mark.parametrize(
    ("phone", "source"),
    [
        ("2026-11-27T08:00:00+13:00", "phone"),
        ("2026-11-27T08:00:00", "photo"),
        ("x", "photo"),
        ("2099-01-01T00:00Z", "photo"),
    ],
)
def test_the_phone_s_own_time_comes_first_if_it_is_plausible(phone: str, source: str) -> None:
    assert propose(taken(exif_block(taken="2025:11:20 09:15:30")), phone, now=NOW)[1] == source


def test_the_date_is_found_in_every_format() -> None:
    when = "2025:11:20 09:15:30"
    block = exif_block(taken=when)
    assert taken(block[:40]) is None
    for image in (make_jpeg(taken=when), make_heic(taken=when), make_webp(taken=when)):
        assert propose(getattr(inspect(image).header, "taken", None), None, now=NOW)[1] == "photo"
