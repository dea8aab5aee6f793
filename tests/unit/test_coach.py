"""The phone's capture coach on rendered photos of skin: a small part of what scripts/bench coach measures."""

import pytest

from bench.coach import figures, judged
from bench.skin import variants

TONES = (0, 3, 6, 9)


@pytest.mark.widget
def test_the_coach_sees_what_is_wrong_with_a_photo_on_light_and_dark_skin() -> None:
    found = [variant for variant in variants(seeds=1) if variant.tone in TONES]
    measured = figures(found, judged(found))
    assert measured["blur"] >= 0.84
    assert measured["light"] >= 0.80
    assert measured["false alarms"] <= 0.10
    assert measured["ruler seen"] >= 0.5
    assert measured["ruler where there is none"] <= 0.25
