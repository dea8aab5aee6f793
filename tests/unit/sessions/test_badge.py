"""Badges: two sessions can be told apart at a glance, by colour and by word, by anybody."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.sessions.badge import BADGES, Badge, choose_badge

EVERY = frozenset(range(len(BADGES)))


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_there_are_enough_badges_for_a_practice() -> None:
    assert len({(badge.colour, badge.word) for badge in BADGES}) == len(BADGES) >= 24


def test_the_word_alone_tells_two_sessions_apart_even_without_macrons() -> None:
    def bare(word: str) -> str:
        letters = unicodedata.normalize("NFD", word.casefold())
        return "".join(letter for letter in letters if not unicodedata.combining(letter))

    assert len({bare(badge.word) for badge in BADGES}) == len(BADGES)


def test_words_are_composed_so_that_macrons_look_right_everywhere() -> None:
    for badge in BADGES:
        assert unicodedata.is_normalized("NFC", badge.word)
        assert badge.word.isalpha()


@pytest.mark.parametrize("badge", BADGES, ids=lambda badge: badge.word)
def test_white_text_can_be_read_on_the_colour(badge: Badge) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", badge.colour)
    assert 1.05 / (luminance(badge.colour) + 0.05) >= 4.5


def test_a_colour_has_one_name_and_a_name_one_colour() -> None:
    pairs = {(badge.colour, badge.colour_name) for badge in BADGES}
    assert len(pairs) == len({colour for colour, _ in pairs}) == len({name for _, name in pairs})


@given(st.frozensets(st.sampled_from(sorted(EVERY))), st.integers(min_value=0))
def test_a_badge_is_chosen_that_nobody_shows_as_long_as_there_is_one(
    taken: frozenset[int], pick: int
) -> None:
    chosen = choose_badge(taken, pick)
    assert chosen in EVERY
    assert chosen not in taken or taken == EVERY


def test_every_free_badge_can_be_chosen() -> None:
    assert {choose_badge(frozenset({0, 5}), pick) for pick in range(1000)} == EVERY - {0, 5}
    assert {choose_badge(EVERY, pick) for pick in range(1000)} == EVERY
