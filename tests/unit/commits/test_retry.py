"""What to do after an error: by class, for the whole tree; waits within their bounds; an end in time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.commits.jobs.retry import (
    Decision,
    RetryPolicy,
    after_reconciling,
    after_sending,
    before_repeating,
    is_over,
    look_again_at,
    reconcilable_at,
)
from clinicpro_images.errors import Busy, ClinicProError
from clinicpro_images.imaging.errors import ImageBroken
from clinicpro_images.records.alex.errors import translate
from clinicpro_images.records.errors import (
    FacilityUnknown,
    PatientUnknown,
    PracticeOffline,
    PracticeTimeout,
    RecordSystemAccepted,
    RecordSystemAddressNotAllowed,
    RecordSystemBadGateway,
    RecordSystemConnectionLost,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemNotFound,
    RecordSystemOtherPatient,
    RecordSystemRedirected,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemTimeout,
    RecordSystemTlsTimeout,
    RecordSystemTokenRenewed,
    RecordSystemUnauthorized,
    RecordSystemUnclear,
    RecordSystemUnreachable,
    TcpTimeout,
    TokenRefused,
    TokenUnavailable,
)
from unit.commits.test_job import NEW

POLICY = RetryPolicy()
NOW = 1000.0
MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
SENDING = replace(NEW, state="sending", attempt=1, queued_at=NOW - 1, sent_at=NOW - 1)
UNCERTAIN = replace(NEW, may_have_landed=True, attempt=1, queued_at=NOW - 1, sent_at=NOW - 1)

Course = Literal["never again", "again", "reconcile first", "ask"]

# Every error of ALEX there is, and what it means for a write. A new class must be given its line here.
COURSES: dict[type[RecordSystemError], Course] = {
    RecordSystemError: "never again",
    TokenRefused: "never again",
    TokenUnavailable: "again",
    RecordSystemUnreachable: "again",
    RecordSystemAddressNotAllowed: "again",
    RecordSystemTlsTimeout: "again",
    TcpTimeout: "again",
    RecordSystemTimeout: "reconcile first",
    RecordSystemConnectionLost: "reconcile first",
    RecordSystemUnauthorized: "never again",
    RecordSystemTokenRenewed: "again",
    RecordSystemForbidden: "never again",
    FacilityUnknown: "never again",
    PatientUnknown: "never again",
    RecordSystemNotFound: "never again",
    RecordSystemRejected: "never again",
    RecordSystemDuplicate: "reconcile first",
    RecordSystemRedirected: "reconcile first",
    RecordSystemOtherPatient: "ask",
    RecordSystemUnclear: "reconcile first",
    RecordSystemAccepted: "reconcile first",
    RecordSystemThrottled: "again",
    PracticeOffline: "again",
    PracticeTimeout: "reconcile first",
    RecordSystemFailed: "reconcile first",
    RecordSystemBadGateway: "reconcile first",
}


def tree(root: type[RecordSystemError] = RecordSystemError) -> Iterator[type[RecordSystemError]]:
    yield root
    for below in root.__subclasses__():
        yield from tree(below)


EVERY = sorted(set(tree()), key=lambda kind: kind.__name__)


def sent(error: ClinicProError, job: Job = SENDING, *, now: float = NOW, jitter: float = 0.5) -> Decision:
    return after_sending(error, job, POLICY, now=now, jitter=jitter)


def reconciled(
    error: ClinicProError, job: Job = UNCERTAIN, *, now: float = NOW, jitter: float = 0.5
) -> Decision:
    return after_reconciling(error, job, POLICY, now=now, jitter=jitter)


def late(job: Job) -> Job:
    """The same job, queued longer ago than anything is retried."""
    return replace(job, queued_at=NOW - POLICY.ceiling - 1)


def test_every_error_of_alex_has_its_course() -> None:
    assert set(COURSES) == set(tree())


@pytest.mark.parametrize("kind", EVERY)
def test_after_a_write_each_error_takes_its_course(kind: type[RecordSystemError]) -> None:
    decision = sent(kind())
    course: Course = (
        "ask"
        if decision.action == "review"
        else "reconcile first"
        if decision.may_have_landed
        else "again"
        if decision.action == "retry"
        else "never again"
    )
    assert course == COURSES[kind]
    assert decision.action == {"never again": "fail", "ask": "review"}.get(course, "retry")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 423, 501])
@pytest.mark.parametrize("seconds", ["", "5"])
def test_a_rejection_is_final_whatever_retry_after_says(status: int, seconds: str) -> None:
    headers = {"Retry-After": seconds} if seconds else {}
    assert sent(translate(status, headers, b"", now=MOMENT)).action == "fail"


@pytest.mark.parametrize("status", [408, 409, 412, 421, 425, 429, 499, 500, 502, 503, 504])
def test_an_error_that_may_pass_is_retried(status: int) -> None:
    assert sent(translate(status, {}, b"", now=MOMENT)).action == "retry"


@pytest.mark.parametrize("kind", [each for each in EVERY if COURSES[each] != "ask"])
def test_while_reconciling_no_error_means_that_it_did_not_land(kind: type[RecordSystemError]) -> None:
    decision = reconciled(kind())
    assert decision.may_have_landed
    # Two 401 in a row fail a write for good, and a search is worth another try: it writes nothing.
    passing = kind.retryable or kind is RecordSystemUnauthorized
    # A clinician who is asked may press "Send again": not while the write may still be under way.
    assert decision.action == "retry"
    assert passing or decision.not_before == reconcilable_at(UNCERTAIN, POLICY)
    assert reconciled(kind(), late(UNCERTAIN)) == Decision(
        "retry", reconcilable_at(UNCERTAIN, POLICY), may_have_landed=True
    )
    for answered in (
        replace(UNCERTAIN, sent_at=NOW - POLICY.reconcile_after),
        replace(UNCERTAIN, sent_at=None),
    ):
        assert reconciled(kind(), answered).action == ("retry" if passing else "review")
        assert reconciled(kind(), late(answered)).action == "review"


@pytest.mark.parametrize("kind", EVERY)
def test_at_the_ceiling_it_failed_or_one_search_remains(kind: type[RecordSystemError]) -> None:
    decision = sent(kind(), late(SENDING))
    if COURSES[kind] == "reconcile first":
        assert (decision.action, decision.may_have_landed) == ("retry", True)
        assert decision.not_before <= NOW + POLICY.first_wait
    else:
        assert decision.action == ("review" if COURSES[kind] == "ask" else "fail")


def test_the_ceiling_is_ten_minutes_after_the_commit() -> None:
    job = replace(SENDING, queued_at=0.0)
    assert sent(RecordSystemThrottled(), job, now=599.0).action == "retry"
    assert sent(RecordSystemThrottled(), job, now=600.0).action == "fail"
    assert not is_over(job, POLICY, 599.0)
    assert is_over(job, POLICY, 600.0)


@pytest.mark.parametrize("kind", [each for each in EVERY if each.retryable])
def test_retry_after_is_never_cut_short(kind: type[RecordSystemError]) -> None:
    for jitter in (0.0, 0.5, 1.0):
        assert sent(kind(retry_after=7.0), jitter=jitter).not_before >= NOW + 7.0
        assert reconciled(kind(retry_after=7.0), jitter=jitter).not_before >= NOW + 7.0
    assert sent(kind(retry_after=7.0)).not_before == NOW + 7.0


def test_a_retry_after_of_zero_seconds_does_not_make_a_storm() -> None:
    waits = [
        sent(RecordSystemThrottled(retry_after=0.0), replace(SENDING, attempt=attempt), jitter=1.0).not_before
        for attempt in range(1, 8)
    ]
    assert waits == [NOW + 2.0**power for power in range(6)] + [NOW + POLICY.longest_wait]


def test_a_retry_after_beyond_the_ceiling_fails_now_or_leaves_one_search() -> None:
    hour = 3600.0
    assert sent(RecordSystemThrottled(retry_after=hour)).action == "fail"
    for kind in (RecordSystemFailed, PracticeTimeout):
        assert sent(kind(retry_after=hour)).not_before == reconcilable_at(SENDING, POLICY)
    assert (
        reconciled(RecordSystemThrottled(retry_after=hour), replace(UNCERTAIN, sent_at=None)).action
        == "review"
    )
    assert sent(RecordSystemThrottled(retry_after=300.0)).action == "retry"


def test_what_is_found_in_another_patients_record_is_for_a_person_to_look_at() -> None:
    wrong = RecordSystemOtherPatient()
    assert reconciled(wrong).action == "review"
    before = before_repeating(wrong, SENDING, POLICY, now=NOW, jitter=0.5)
    assert before == Decision("review", may_have_landed=True)


@pytest.mark.parametrize("kind", [each for each in EVERY if COURSES[each] != "ask"])
def test_a_repeat_waits_for_a_search_only_where_the_write_could_not_get_through_either(
    kind: type[RecordSystemError],
) -> None:
    decision = before_repeating(kind(), SENDING, POLICY, now=NOW, jitter=0.5)
    late_decision = before_repeating(kind(), late(SENDING), POLICY, now=NOW, jitter=0.5)
    if COURSES[kind] == "again":
        assert decision is not None
        assert not decision.may_have_landed
        assert (decision.action, late_decision) == ("retry", Decision("fail"))
    else:
        assert (decision, late_decision) == (None, None)


@pytest.mark.parametrize("kind", [each for each in EVERY if COURSES[each] == "reconcile first"])
def test_only_a_write_that_was_not_answered_may_still_be_under_way(kind: type[RecordSystemError]) -> None:
    # A status of its own means that ALEX is done with the write; 502 and 504 come from a gateway in between.
    unanswered = {
        RecordSystemTimeout, RecordSystemConnectionLost, PracticeTimeout, RecordSystemBadGateway,
        RecordSystemAccepted,
    }  # fmt: skip
    assert sent(kind()).answered == (kind not in unanswered)


def test_a_clinician_is_asked_at_once_where_nothing_can_be_searched_and_nothing_is_under_way() -> None:
    refused = RecordSystemForbidden()
    assert reconciled(refused, replace(UNCERTAIN, answered=True)).action == "review"
    assert reconciled(refused, UNCERTAIN).not_before == reconcilable_at(UNCERTAIN, POLICY)


def test_searches_become_rarer_until_one_is_conclusive() -> None:
    job = replace(UNCERTAIN, sent_at=NOW)
    conclusive = reconcilable_at(job, POLICY)
    now, looks = NOW, []
    while now < conclusive:
        now = look_again_at(job, POLICY, now, conclusive)
        looks.append(now - NOW)
    assert looks == [1.0, 3.0, 9.0, 27.0, 60.0]


@given(
    attempt=st.integers(min_value=0, max_value=10_000),
    jitter=st.floats(min_value=0, max_value=1),
    first=st.floats(min_value=0.01, max_value=10),
    longest=st.floats(min_value=10, max_value=300),
)
def test_waits_after_a_write_are_below_a_doubling_bound(
    attempt: int, jitter: float, first: float, longest: float
) -> None:
    policy = RetryPolicy(first_wait=first, longest_wait=longest)
    job = replace(SENDING, attempt=attempt)
    until = after_sending(RecordSystemThrottled(), job, policy, now=NOW, jitter=jitter).not_before
    bound = min(longest, first * 2.0 ** min(max(attempt - 1, 0), 64))
    assert until == pytest.approx(NOW + bound * jitter)


def test_searches_become_rarer_although_they_are_not_counted() -> None:
    now, times = 0.0, []
    job = replace(UNCERTAIN, queued_at=0.0, sent_at=0.0)
    while (decision := reconciled(PracticeOffline(), job, now=now, jitter=1.0)).action == "retry":
        times.append(decision.not_before - now)
        now = decision.not_before
    assert times == sorted(times)
    assert times[0] == POLICY.first_wait
    assert times[-1] == POLICY.longest_wait
    assert len(times) < 20


def test_not_found_counts_only_from_reconcile_after_on() -> None:
    assert reconcilable_at(replace(UNCERTAIN, sent_at=100.0), POLICY) == 100.0 + POLICY.reconcile_after
    # What ALEX itself has answered can be reconciled at once.
    assert reconcilable_at(replace(UNCERTAIN, sent_at=None), POLICY) <= NOW


def test_a_fault_of_our_own_that_is_not_retryable_fails() -> None:
    assert sent(ImageBroken()).action == "fail"
    assert sent(Busy()).action == "retry"
