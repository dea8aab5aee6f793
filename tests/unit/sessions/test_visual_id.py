"""Visual ids: anybody can distinguish two sessions at a glance, by colour and by word."""

import itertools
import math
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.sessions.visual_id import VISUAL_IDS, VisualId, choose_visual_id

EVERY = frozenset(range(len(VISUAL_IDS)))


Three = tuple[float, float, float]
SAME: tuple[Three, Three, Three] = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
# Linear RGB as it is seen without one kind of cone: Machado, Oliveira and Fernandes (2009), severity 1.
RED_BLIND = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
GREEN_BLIND = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)


def linear(colour: str) -> Three:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return red, green, blue


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def seen(colour: str, sight: tuple[Three, Three, Three]) -> Three:
    """Where a colour lies in CIE L*a*b* (D65) for somebody with this sight."""
    red, green, blue = (
        min(1.0, max(0.0, sum(share * part for share, part in zip(row, linear(colour), strict=True))))
        for row in sight
    )
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    f, g, h = (each ** (1 / 3) if each > 0.008856 else 7.787 * each + 16 / 116 for each in (x, y, z))
    return 116 * g - 16, 500 * (f - g), 200 * (g - h)


def test_there_are_enough_visual_ids_for_a_practice() -> None:
    assert len({(visual_id.colour, visual_id.word) for visual_id in VISUAL_IDS}) == len(VISUAL_IDS) >= 24


def test_the_word_alone_distinguishes_two_sessions_even_without_macrons() -> None:
    def bare(word: str) -> str:
        letters = unicodedata.normalize("NFD", word.casefold())
        return "".join(letter for letter in letters if not unicodedata.combining(letter))

    assert len({bare(visual_id.word) for visual_id in VISUAL_IDS}) == len(VISUAL_IDS)


def test_words_are_composed_so_that_macrons_look_right_everywhere() -> None:
    for visual_id in VISUAL_IDS:
        assert unicodedata.is_normalized("NFC", visual_id.word)
        assert visual_id.word.isalpha()


@pytest.mark.parametrize("visual_id", VISUAL_IDS, ids=lambda visual_id: visual_id.word)
def test_white_text_can_be_read_on_the_colour(visual_id: VisualId) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", visual_id.colour)
    assert 1.05 / (luminance(visual_id.colour) + 0.05) >= 4.5


@pytest.mark.parametrize("sight", [SAME, RED_BLIND, GREEN_BLIND], ids=["normal", "red-blind", "green-blind"])
def test_any_two_colours_are_clearly_different_for_colour_blind_people_too(
    sight: tuple[Three, Three, Three],
) -> None:
    # Side by side, 2 is a difference that can be seen at all; 20 is seen on two screens an arm apart.
    colours = sorted({visual_id.colour for visual_id in VISUAL_IDS})
    near = {
        (one, other): math.dist(seen(one, sight), seen(other, sight))
        for one, other in itertools.combinations(colours, 2)
    }
    assert min(near.values()) >= 20, min(near, key=lambda pair: near[pair])


def test_a_colour_has_one_name_and_a_name_one_colour() -> None:
    pairs = {(visual_id.colour, visual_id.colour_name) for visual_id in VISUAL_IDS}
    assert len(pairs) == len({colour for colour, _ in pairs}) == len({name for _, name in pairs})


@given(st.frozensets(st.sampled_from(sorted(EVERY))), st.integers(min_value=0))
def test_an_unused_visual_id_is_chosen_if_there_is_one(taken: frozenset[int], pick: int) -> None:
    chosen = choose_visual_id(taken, pick)
    assert chosen in EVERY
    assert chosen not in taken or taken == EVERY


def test_every_unused_visual_id_can_be_chosen() -> None:
    assert {choose_visual_id(frozenset({0, 5}), pick) for pick in range(1000)} == EVERY - {0, 5}
    assert {choose_visual_id(EVERY, pick) for pick in range(1000)} == EVERY
