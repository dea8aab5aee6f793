"""The circuit breaker of each facility: a practice that does not answer pauses, and no other notices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.errors import ClinicProError
from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.records.errors import (
    PracticeOffline,
    PracticeTimeout,
    RecordSystemAddressNotAllowed,
    RecordSystemBadGateway,
    RecordSystemError,
    RecordSystemForbidden,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemTimeout,
    RecordSystemUnreachable,
    TokenUnavailable,
)

HERE, THERE = "F2N060-E", "F99669-C"


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock, concurrency=2, trip_after=3, first_pause=2.0, longest_pause=60.0)


def run_job(breaker: CircuitBreaker, error: ClinicProError | None, facility: str = HERE) -> None:
    breaker.start(facility)
    breaker.finish(facility, error)


NO_ANSWER = [
    PracticeOffline,
    PracticeTimeout,
    RecordSystemTimeout,
    RecordSystemBadGateway,
    RecordSystemUnreachable,
    RecordSystemAddressNotAllowed,
]


@pytest.mark.parametrize("error", NO_ANSWER)
def test_a_practice_that_does_not_answer_three_times_pauses(
    breaker: CircuitBreaker, clock: Clock, error: type[RecordSystemError]
) -> None:
    for _ in range(2):
        run_job(breaker, error())
        assert breaker.has_capacity(HERE)
    run_job(breaker, error())
    assert breaker.blocked() == breaker.tripped() == [HERE]
    assert breaker.has_capacity(THERE)
    clock.now += 2.0
    assert breaker.has_capacity(HERE)


def test_after_a_pause_one_job_goes_ahead_alone(breaker: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        run_job(breaker, PracticeOffline())
    clock.now += 2.0
    breaker.start(HERE)
    assert not breaker.has_capacity(HERE)
    breaker.finish(HERE, None)
    breaker.start(HERE)
    assert breaker.has_capacity(HERE)


def test_pauses_double_up_to_the_longest(breaker: CircuitBreaker, clock: Clock) -> None:
    pauses = []
    for _ in range(3):
        run_job(breaker, PracticeOffline())
    for _ in range(8):
        began = clock.now
        while not breaker.has_capacity(HERE):
            clock.now += 1.0
        pauses.append(clock.now - began)
        run_job(breaker, PracticeOffline())
    assert pauses == [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    "answer", [None, RecordSystemRejected(), RecordSystemForbidden(), RecordSystemThrottled()]
)
def test_any_answer_of_the_practice_ends_its_pause(
    breaker: CircuitBreaker, clock: Clock, answer: ClinicProError | None
) -> None:
    for _ in range(3):
        run_job(breaker, PracticeOffline())
    clock.now += 2.0
    run_job(breaker, answer)
    run_job(breaker, PracticeOffline())
    run_job(breaker, PracticeOffline())
    assert breaker.has_capacity(HERE)


@pytest.mark.parametrize("error", [ImageBroken(), TokenUnavailable(), ClinicProError()])
def test_an_error_before_the_practice_was_called_says_nothing_about_it(
    breaker: CircuitBreaker, error: ClinicProError
) -> None:
    for _ in range(5):
        run_job(breaker, error)
    assert breaker.has_capacity(HERE)
    run_job(breaker, PracticeOffline())
    run_job(breaker, PracticeOffline())
    run_job(breaker, error)
    run_job(breaker, PracticeOffline())
    assert not breaker.has_capacity(HERE)


def test_a_practice_gets_only_so_many_jobs_at_once(breaker: CircuitBreaker) -> None:
    breaker.start(HERE)
    assert breaker.has_capacity(HERE)
    breaker.start(HERE)
    assert breaker.blocked() == [HERE]
    assert breaker.tripped() == []
    breaker.finish(HERE, None)
    assert breaker.has_capacity(HERE)


def test_a_rate_lets_a_seconds_worth_start_together_and_then_one_by_one(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, concurrency=100, rate=4.0)
    for _ in range(4):
        assert breaker.has_capacity(HERE)
        run_job(breaker, None)
    assert not breaker.has_capacity(HERE)
    assert breaker.has_capacity(THERE)
    clock.now += 0.25
    assert breaker.has_capacity(HERE)
    run_job(breaker, None)
    assert not breaker.has_capacity(HERE)


def test_a_rate_below_one_a_second_lets_one_start_every_so_often(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, concurrency=100, rate=0.5)
    run_job(breaker, None)
    clock.now += 1.0
    assert not breaker.has_capacity(HERE)
    clock.now += 1.0
    assert breaker.has_capacity(HERE)


def test_over_any_time_no_more_start_than_the_rate_and_a_seconds_worth(clock: Clock) -> None:
    breaker, started = CircuitBreaker(clock, concurrency=100, rate=10.0), 0
    for _ in range(1000):
        while breaker.has_capacity(HERE):
            run_job(breaker, None)
            started += 1
        clock.now += 0.01
    assert 100 <= started <= 110


def test_the_capacity_is_that_of_the_busiest_practice_that_is_not_blocked(clock: Clock) -> None:
    breaker = CircuitBreaker(clock, concurrency=4, rate=3.0, trip_after=1, first_pause=2.0)
    assert breaker.capacity() == 3
    breaker.start(HERE)
    assert breaker.capacity() == 2
    breaker.start(HERE)
    breaker.start(HERE)
    assert breaker.blocked() == [HERE]
    assert breaker.capacity() == 3
    breaker.start(THERE)
    breaker.finish(THERE, PracticeOffline())
    assert breaker.blocked() == [HERE, THERE]
    assert breaker.capacity() == 3
    # After the pause, one may go ahead to find out whether the practice answers.
    clock.now += 2.0
    assert breaker.blocked() == []
    assert breaker.capacity() == 1


@given(st.data())
def test_as_many_jobs_as_the_capacity_may_start_whatever_their_facilities(data: st.DataObject) -> None:
    clock = Clock()
    rate = data.draw(st.none() | st.floats(0.3, 6.0))
    breaker = CircuitBreaker(clock, concurrency=data.draw(st.integers(1, 5)), rate=rate, trip_after=2)
    working: list[str] = []
    for _ in range(data.draw(st.integers(1, 12))):
        clock.now += data.draw(st.floats(0.0, 3.0))
        open_facilities = [facility for facility in "ABC" if facility not in breaker.blocked()]
        capacity = breaker.capacity()
        assert capacity > 0
        for _ in range(capacity if open_facilities else 0):
            facility = data.draw(st.sampled_from(open_facilities))
            assert breaker.has_capacity(facility)
            breaker.start(facility)
            working.append(facility)
        for _ in range(data.draw(st.integers(0, len(working)))):
            breaker.finish(working.pop(), data.draw(st.sampled_from([None, PracticeOffline()])))
