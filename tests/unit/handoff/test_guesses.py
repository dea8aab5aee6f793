"""Guessing is slowed down, scanning is not."""

import pytest

from clinicpro_images.handoff.attempt_limit import (
    MOST_PER_ADDRESS,
    MOST_TOGETHER,
    WINDOW_SECONDS,
    AttemptLimit,
)
from clinicpro_images.handoff.errors import TooManyGuesses


class Fixture:
    def __init__(self) -> None:
        self.now = 1000.0
        self.guesses = AttemptLimit(lambda: self.now)

    def guess(self, address: str, times: int = 1) -> None:
        for _ in range(times):
            self.guesses.check(address)
            self.guesses.missed(address)


@pytest.fixture
def here() -> Fixture:
    return Fixture()


def test_one_address_has_so_many_wrong_codes_and_then_waits_for_the_next_window(here: Fixture) -> None:
    here.guess("192.0.2.1", MOST_PER_ADDRESS)
    here.now += 20
    with pytest.raises(TooManyGuesses) as refused:
        here.guesses.check("192.0.2.1")
    assert refused.value.retry_after == WINDOW_SECONDS - 20
    here.guesses.check("192.0.2.2")
    here.now += refused.value.retry_after
    here.guesses.check("192.0.2.1")


def test_many_addresses_together_are_slowed_down_too(here: Fixture) -> None:
    for number in range(MOST_TOGETHER):
        here.guess(f"192.0.2.{number}")
    with pytest.raises(TooManyGuesses):
        here.guesses.check("198.51.100.1")


def test_codes_that_are_genuine_cost_nothing(here: Fixture) -> None:
    for _ in range(10 * MOST_TOGETHER):
        here.guesses.check("192.0.2.1")
