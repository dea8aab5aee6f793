"""The gate of each facility: a practice that does not answer rests, and nobody else notices."""

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
def gate(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(clock, at_once=2, trip_after=3, first_rest=2.0, longest_rest=60.0)


def tried(gate: CircuitBreaker, error: ClinicProError | None, facility: str = HERE) -> None:
    gate.begin(facility)
    gate.end(facility, error)


SILENCES = [
    PracticeOffline,
    PracticeTimeout,
    RecordSystemTimeout,
    RecordSystemBadGateway,
    RecordSystemUnreachable,
    RecordSystemAddressNotAllowed,
]


@pytest.mark.parametrize("silence", SILENCES)
def test_a_practice_that_does_not_answer_three_times_rests(
    gate: CircuitBreaker, clock: Clock, silence: type[RecordSystemError]
) -> None:
    for _ in range(2):
        tried(gate, silence())
        assert gate.room(HERE)
    tried(gate, silence())
    assert gate.closed() == gate.resting() == [HERE]
    assert gate.room(THERE)
    clock.now += 2.0
    assert gate.room(HERE)


def test_after_a_rest_one_job_goes_ahead_alone(gate: CircuitBreaker, clock: Clock) -> None:
    for _ in range(3):
        tried(gate, PracticeOffline())
    clock.now += 2.0
    gate.begin(HERE)
    assert not gate.room(HERE)
    gate.end(HERE, None)
    gate.begin(HERE)
    assert gate.room(HERE)


def test_rests_double_up_to_the_longest(gate: CircuitBreaker, clock: Clock) -> None:
    rests = []
    for _ in range(3):
        tried(gate, PracticeOffline())
    for _ in range(8):
        began = clock.now
        while not gate.room(HERE):
            clock.now += 1.0
        rests.append(clock.now - began)
        tried(gate, PracticeOffline())
    assert rests == [2, 4, 8, 16, 32, 60, 60, 60]


@pytest.mark.parametrize(
    "answer", [None, RecordSystemRejected(), RecordSystemForbidden(), RecordSystemThrottled()]
)
def test_any_answer_of_the_practice_ends_its_rest(
    gate: CircuitBreaker, clock: Clock, answer: ClinicProError | None
) -> None:
    for _ in range(3):
        tried(gate, PracticeOffline())
    clock.now += 2.0
    tried(gate, answer)
    tried(gate, PracticeOffline())
    tried(gate, PracticeOffline())
    assert gate.room(HERE)


@pytest.mark.parametrize("elsewhere", [ImageBroken(), TokenUnavailable(), ClinicProError()])
def test_what_went_wrong_before_the_practice_was_asked_says_nothing_about_it(
    gate: CircuitBreaker, elsewhere: ClinicProError
) -> None:
    for _ in range(5):
        tried(gate, elsewhere)
    assert gate.room(HERE)
    tried(gate, PracticeOffline())
    tried(gate, PracticeOffline())
    tried(gate, elsewhere)
    tried(gate, PracticeOffline())
    assert not gate.room(HERE)


def test_one_practice_gets_so_many_jobs_at_once_and_no_more(gate: CircuitBreaker) -> None:
    gate.begin(HERE)
    assert gate.room(HERE)
    gate.begin(HERE)
    assert gate.closed() == [HERE]
    assert gate.resting() == []
    gate.end(HERE, None)
    assert gate.room(HERE)


def test_a_rate_lets_a_seconds_worth_begin_together_and_then_one_by_one(clock: Clock) -> None:
    gate = CircuitBreaker(clock, at_once=100, rate=4.0)
    for _ in range(4):
        assert gate.room(HERE)
        tried(gate, None)
    assert not gate.room(HERE)
    assert gate.room(THERE)
    clock.now += 0.25
    assert gate.room(HERE)
    tried(gate, None)
    assert not gate.room(HERE)


def test_a_rate_below_one_a_second_lets_one_begin_every_so_often(clock: Clock) -> None:
    gate = CircuitBreaker(clock, at_once=100, rate=0.5)
    tried(gate, None)
    clock.now += 1.0
    assert not gate.room(HERE)
    clock.now += 1.0
    assert gate.room(HERE)


def test_over_any_time_no_more_begin_than_the_rate_and_a_seconds_worth(clock: Clock) -> None:
    gate, begun = CircuitBreaker(clock, at_once=100, rate=10.0), 0
    for _ in range(1000):
        while gate.room(HERE):
            tried(gate, None)
            begun += 1
        clock.now += 0.01
    assert 100 <= begun <= 110


def test_room_for_any_is_what_the_fullest_practice_that_may_still_begin_one_has(clock: Clock) -> None:
    gate = CircuitBreaker(clock, at_once=4, rate=3.0, trip_after=1, first_rest=2.0)
    assert gate.room_for_any() == 3
    gate.begin(HERE)
    assert gate.room_for_any() == 2
    gate.begin(HERE)
    gate.begin(HERE)
    assert gate.closed() == [HERE]
    assert gate.room_for_any() == 3
    gate.begin(THERE)
    gate.end(THERE, PracticeOffline())
    assert gate.closed() == [HERE, THERE]
    assert gate.room_for_any() == 3
    # Rested, one may go ahead to see whether anybody is home.
    clock.now += 2.0
    assert gate.closed() == []
    assert gate.room_for_any() == 1


@given(st.data())
def test_as_many_as_there_is_room_for_any_may_begin_wherever_they_belong(data: st.DataObject) -> None:
    clock = Clock()
    rate = data.draw(st.none() | st.floats(0.3, 6.0))
    gate = CircuitBreaker(clock, at_once=data.draw(st.integers(1, 5)), rate=rate, trip_after=2)
    working: list[str] = []
    for _ in range(data.draw(st.integers(1, 12))):
        clock.now += data.draw(st.floats(0.0, 3.0))
        open_to = [facility for facility in "ABC" if facility not in gate.closed()]
        room = gate.room_for_any()
        assert room > 0
        for _ in range(room if open_to else 0):
            facility = data.draw(st.sampled_from(open_to))
            assert gate.room(facility)
            gate.begin(facility)
            working.append(facility)
        for _ in range(data.draw(st.integers(0, len(working)))):
            gate.end(working.pop(), data.draw(st.sampled_from([None, PracticeOffline()])))
