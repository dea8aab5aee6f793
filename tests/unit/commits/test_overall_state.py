"""What several jobs amount to: for a request, and for one picture."""

from itertools import combinations_with_replacement
from typing import get_args

import pytest

from clinicpro_images.commits.jobs.job import WAITING, JobError, JobState
from clinicpro_images.commits.jobs.rows import image_state, job_error_json, overall

STATES: tuple[JobState, ...] = get_args(JobState)


@pytest.mark.parametrize("state", STATES)
def test_jobs_of_one_mind_are_what_each_is(state: JobState) -> None:
    assert overall([state]) == overall([state] * 3) == image_state([state]) == state


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (["committed", "queued"], "queued"),
        (["committed", "sending", "queued"], "sending"),
        (["committed", "failed", "sending"], "failed"),
        (["failed", "unverified", "sending"], "unverified"),
    ],
)
def test_a_request_is_what_needs_attention_most(states: list[JobState], whole: JobState) -> None:
    assert overall(states) == overall(reversed(states)) == whole


@pytest.mark.parametrize("states", list(combinations_with_replacement(STATES, 2)))
def test_a_picture_is_under_way_as_long_as_one_of_its_jobs_is(states: tuple[JobState, ...]) -> None:
    state = image_state(states)
    assert (state in WAITING) == any(each in WAITING for each in states)
    assert (state == "committed") == all(each == "committed" for each in states)
    if not WAITING & set(states):
        assert state == overall(states)


def test_a_problem_is_kept_with_what_alex_said() -> None:
    assert job_error_json(None) is None
    kept = job_error_json(JobError("alex-forbidden", "Not permitted", "Ask.", alex_status=403))
    assert kept is not None
    assert '"alex_status": 403' in kept
