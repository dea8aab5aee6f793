"""The life of a job: every event in every state, and any sequence of events against an ALEX that may lose answers."""

from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clinicpro_images.commits.jobs.job import (
    WAITING,
    Job,
    JobError,
    JobState,
    WrongState,
    confirmed_absent,
    confirmed_in_inbox,
    landed,
    needs_review,
    rejected,
    retry_later,
    send_again,
    start_sending,
    worker_lost,
)
from profiles import examples

STATES: tuple[JobState, ...] = get_args(JobState)
WHY = JobError("alex-timeout", "No answer", "Medtech did not answer in time.")

NEW = Job(
    id="0" * 32,
    kind="document-reference",
    commit_id="1" * 32,
    image_id="2" * 32,
    session_id="3" * 32,
    facility_id="F2N060-E",
    identifier="5d0a4c0e-65a1-4b5f-8f0e-0d1c2b3a4f5e",
    correlation_id="0d1c7f0e-5f2e-4b1c-9d55-1f2f3a4b5c6d",
    queued_at=100.0,
)

EVENTS: dict[str, Callable[[Job], Job]] = {
    "start sending": lambda job: start_sending(job, 200.0),
    "landed": lambda job: landed(job, "abc"),
    "worker lost": worker_lost,
    "try later": lambda job: retry_later(job, 300.0, WHY, may_have_landed=False),
    "answer lost": lambda job: retry_later(job, 300.0, WHY, may_have_landed=True),
    "confirmed absent": confirmed_absent,
    "rejected": lambda job: rejected(job, WHY),
    "needs review": lambda job: needs_review(job, WHY),
    "confirmed in inbox": confirmed_in_inbox,
    "send again": lambda job: send_again(job, 400.0, "another"),
}

# Where each event leads from a state, without and with a write whose outcome is open; None where it can't happen.
TABLE: dict[str, dict[JobState, tuple[JobState | None, JobState | None]]] = {
    "start sending": {"queued": ("sending", None)},
    "landed": dict.fromkeys(STATES, ("committed", "committed")),
    "worker lost": {"sending": ("queued", "queued")},
    "try later": {"queued": ("queued", "queued"), "sending": ("queued", "queued")},
    "answer lost": {"queued": ("queued", "queued"), "sending": ("queued", "queued")},
    "confirmed absent": {"queued": ("queued", "queued")},
    "rejected": {"queued": ("failed", "unverified"), "sending": ("failed", "unverified")},
    "needs review": {"queued": ("unverified", "unverified"), "sending": ("unverified", "unverified")},
    "confirmed in inbox": {"unverified": ("committed", "committed")},
    "send again": {"failed": ("queued", "queued"), "unverified": ("queued", "queued")},
}


@pytest.mark.parametrize("uncertain", [False, True], ids=["certain", "may have landed"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("event", EVENTS)
def test_each_event_leads_from_each_state_where_the_table_says_or_is_rejected(
    event: str, state: JobState, *, uncertain: bool
) -> None:
    job = replace(NEW, state=state, may_have_landed=uncertain)
    expected = TABLE[event].get(state, (None, None))[uncertain]
    if expected is None:
        with pytest.raises(WrongState):
            EVENTS[event](job)
    else:
        after = EVENTS[event](job)
        assert after.state == expected
        assert (after.id, after.identifier, after.kind) == (job.id, job.identifier, job.kind)


def test_every_state_is_terminal_or_leads_to_another() -> None:
    for state in STATES:
        ways = {
            event
            for event, table in TABLE.items()
            if event != "landed" and any(to not in {None, state} for to in table.get(state, (None,)))
        }
        assert bool(ways) != (state == "committed"), state


def test_only_waiting_states_change_automatically() -> None:
    for state in STATES:
        assert replace(NEW, state=state).is_settled == (state not in WAITING)


def test_a_committed_job_keeps_the_id_that_was_found_first() -> None:
    job = landed(start_sending(NEW, 1.0), "first")
    assert landed(job, "second") == job


def test_a_second_attempt_is_counted_and_sending_again_starts_counting_from_zero() -> None:
    once = start_sending(NEW, 200.0)
    twice = start_sending(retry_later(once, 201.0, WHY, may_have_landed=False), 202.0)
    assert (once.attempt, twice.attempt, twice.sent_at) == (1, 2, 202.0)
    again = send_again(rejected(twice, WHY), 900.0, "another")
    assert (again.attempt, again.queued_at, again.not_before, again.error) == (0, 900.0, 900.0, None)
    assert again.correlation_id == "another"
    assert again.identifier == NEW.identifier


def test_a_job_that_may_have_landed_stays_so_until_it_is_reconciled() -> None:
    uncertain = retry_later(start_sending(NEW, 1.0), 2.0, WHY, may_have_landed=True)
    assert retry_later(uncertain, 3.0, WHY, may_have_landed=False).may_have_landed
    assert not confirmed_absent(uncertain).may_have_landed


class Delivery(RuleBasedStateMachine):
    """One job, an ALEX that may carry a write out and lose the answer, processes that die, and a clinician."""

    def __init__(self) -> None:
        super().__init__()
        self.job = NEW
        self.documents = 0
        self.landed = False  # a write since the clinician last sent it, known or not
        self.under_way = False  # one since then that will not be answered, and that ALEX may still carry out
        self.stragglers = 0  # such writes from before then
        self.sent_again = 0  # how often the clinician chose "Send again" for one that may have landed

    def _write(self) -> None:
        self.documents += 1
        self.landed = True

    # --- the worker sends

    @precondition(lambda self: self.job.state == "queued" and not self.job.may_have_landed)
    @rule()
    def send(self) -> None:
        self.job = start_sending(self.job, 200.0)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def alex_stores_it(self) -> None:
        self._write()
        self.job = landed(self.job, "abc")

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def alex_stores_it_and_the_answer_is_lost(self) -> None:
        self._write()
        self.job = retry_later(self.job, 300.0, WHY, may_have_landed=True)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def alex_does_not_answer_and_may_store_it_later(self) -> None:
        self.under_way = True
        self.job = retry_later(self.job, 300.0, WHY, may_have_landed=True)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def alex_is_busy(self) -> None:
        self.job = retry_later(self.job, 300.0, WHY, may_have_landed=False)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def alex_rejects_it(self) -> None:
        self.job = rejected(self.job, WHY)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def the_process_dies_before_the_write(self) -> None:
        self.job = worker_lost(self.job)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def the_process_dies_during_the_write(self) -> None:
        self.under_way = True
        self.job = worker_lost(self.job)

    @precondition(lambda self: self.job.state == "sending")
    @rule()
    def the_process_dies_after_the_write(self) -> None:
        self._write()
        self.job = worker_lost(self.job)

    @precondition(lambda self: self.under_way)
    @rule()
    def the_write_under_way_arrives(self) -> None:
        self.under_way = False
        self._write()

    @precondition(lambda self: self.under_way)
    @rule()
    def the_write_under_way_is_lost(self) -> None:
        self.under_way = False

    @precondition(lambda self: self.documents > 0)
    @rule()
    def a_worker_given_up_for_dead_stores_that_it_landed(self) -> None:
        self.job = landed(self.job, "abc")

    @precondition(lambda self: self.stragglers > 0)
    @rule()
    def a_straggler_arrives(self) -> None:
        self.stragglers -= 1
        self.documents += 1

    # --- the worker reconciles

    @precondition(lambda self: self.job.state == "queued" and self.job.may_have_landed)
    @rule()
    def reconcile(self) -> None:
        if self.documents:
            self.job = landed(self.job, "abc")
        elif not self.under_way:  # from reconcile_after on, which is longer than any write lasts
            self.job = confirmed_absent(self.job)

    @precondition(lambda self: self.job.state == "queued" and self.job.may_have_landed)
    @rule()
    def the_search_fails(self) -> None:
        self.job = retry_later(self.job, 300.0, WHY, may_have_landed=True)

    @precondition(lambda self: self.job.state == "queued" and self.job.may_have_landed)
    @rule()
    def searching_is_not_permitted(self) -> None:
        self.job = needs_review(self.job, WHY)

    @precondition(lambda self: self.job.state == "queued")
    @rule()
    def time_is_over(self) -> None:
        self.job = rejected(self.job, WHY)

    # --- the clinician answers

    @precondition(lambda self: self.job.state == "unverified" and self.documents > 0)
    @rule()
    def it_is_in_the_inbox(self) -> None:
        self.job = confirmed_in_inbox(self.job)

    @precondition(lambda self: self.job.state in {"failed", "unverified"})
    @rule()
    def send_it_again(self) -> None:
        self.sent_again += self.job.state == "unverified"
        self.stragglers += self.under_way
        self.landed = self.under_way = False
        self.job = send_again(self.job, 400.0, "another")

    # --- what always holds

    @invariant()
    def nothing_is_filed_twice_unless_a_clinician_sent_it_again(self) -> None:
        assert self.documents <= 1 + self.sent_again

    @invariant()
    def while_it_may_have_landed_nothing_can_be_sent(self) -> None:
        if self.job.may_have_landed:
            with pytest.raises(WrongState):
                start_sending(self.job, 200.0)

    @invariant()
    def a_write_that_may_have_landed_is_remembered(self) -> None:
        """No image is in the record, or on its way there, and called "failed" or free to be sent."""
        if self.landed or self.under_way:
            assert self.job.may_have_landed or self.job.state == "committed"

    @invariant()
    def a_committed_job_is_in_the_record(self) -> None:
        if self.job.state == "committed":
            assert self.documents

    @invariant()
    def committed_is_the_end(self) -> None:
        if self.job.state == "committed":
            for name, event in EVENTS.items():
                if name == "landed":
                    assert event(self.job) == self.job
                else:
                    with pytest.raises(WrongState):
                        event(self.job)

    @invariant()
    def there_is_always_a_next_event(self) -> None:
        if self.job.state != "committed":
            assert any(_goes(event, self.job) for name, event in EVENTS.items() if name != "landed")


def _goes(event: Callable[[Job], Job], job: Job) -> bool:
    try:
        return event(job) != job
    except WrongState:
        return False


Delivery.TestCase.settings = examples(3, stateful_step_count=30)
TestAnySequenceOfEvents = Delivery.TestCase
