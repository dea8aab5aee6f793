"""Token buckets: a burst, then a steady rate, and bounded memory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.web.token_bucket import TokenBuckets


def test_a_bucket_gives_what_it_holds_and_then_what_it_gains() -> None:
    buckets = TokenBuckets(3, per_second=0.05)
    assert [buckets.take("caller", 0.0) for _ in range(4)] == [0, 0, 0, 20]
    assert buckets.wait("caller", 19.0) == pytest.approx(1.0)
    assert buckets.take("caller", 21.0) == 0
    assert buckets.left("caller", 21.0) == pytest.approx(0.05)


def test_asking_how_long_to_wait_takes_nothing() -> None:
    buckets = TokenBuckets(1, per_second=1)
    assert [buckets.wait("caller", 0.0) for _ in range(3)] == [0, 0, 0]
    assert buckets.left("caller", 0.0) == 1


def test_a_flood_of_addresses_takes_bounded_memory() -> None:
    buckets = TokenBuckets(3, per_second=0.05, most_keys=100)
    for number in range(1000):
        buckets.take(str(number), 0.0)
    assert len(buckets) == 100


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200))
def test_nobody_ever_gets_more_than_two_minutes_worth_in_a_minute(pauses: list[float]) -> None:
    buckets, now, granted = TokenBuckets(5, per_second=5 / 60), 0.0, list[float]()
    for pause in pauses:
        now += pause
        if not buckets.take("caller", now):
            granted.append(now)
    for start in granted:
        assert sum(start <= each < start + 60 for each in granted) <= 10
