"""Guessing codes is limited, scanning them is not."""

import pytest

from clinicpro_images.handoff.attempt_limit import PER_MINUTE_PER_ADDRESS, PER_MINUTE_TOTAL, AttemptLimit
from clinicpro_images.handoff.errors import TooManyGuesses


class Fixture:
    def __init__(self) -> None:
        self.now = 1000.0
        self.guesses = AttemptLimit(lambda: self.now)

    def guess(self, address: str, times: int = 1) -> None:
        for _ in range(times):
            self.guesses.count_failure(address)


@pytest.fixture
def here() -> Fixture:
    return Fixture()


def test_an_address_may_enter_so_many_wrong_codes_and_then_waits_for_each(here: Fixture) -> None:
    here.guess("192.0.2.1", int(PER_MINUTE_PER_ADDRESS))
    with pytest.raises(TooManyGuesses) as refused:
        here.guess("192.0.2.1")
    assert refused.value.retry_after == pytest.approx(60 / PER_MINUTE_PER_ADDRESS)
    here.guess("192.0.2.2")
    here.now += 60 / PER_MINUTE_PER_ADDRESS + 0.001
    here.guess("192.0.2.1")
    with pytest.raises(TooManyGuesses):
        here.guess("192.0.2.1")


def test_a_customers_ipv6_addresses_count_as_one(here: Fixture) -> None:
    for number in range(int(PER_MINUTE_PER_ADDRESS)):
        here.guess(f"2001:db8:1:2::{number:x}")
    with pytest.raises(TooManyGuesses):
        here.guess("2001:db8:1:2:ffff::1")
    here.guess("2001:db8:1:3::1")


def test_many_addresses_together_are_limited_too(here: Fixture) -> None:
    for number in range(int(PER_MINUTE_TOTAL)):
        here.guess(f"192.0.2.{number}")
    with pytest.raises(TooManyGuesses):
        here.guess("198.51.100.1")


def test_a_short_code_waits_like_a_wrong_one_even_if_it_is_right(here: Fixture) -> None:
    here.guess("192.0.2.1", int(PER_MINUTE_PER_ADDRESS))
    with pytest.raises(TooManyGuesses):
        here.guesses.check("192.0.2.1")
    here.guesses.check("192.0.2.2")
    here.now += 60 / PER_MINUTE_PER_ADDRESS + 0.001
    here.guesses.check("192.0.2.1")
