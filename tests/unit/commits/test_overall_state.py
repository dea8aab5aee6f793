"""The overall state of several jobs: for a commit, and for one image."""

from itertools import combinations_with_replacement
from typing import get_args

import pytest

from clinicpro_images.commits.jobs.job import WAITING, JobState, image_state, overall_state

STATES: tuple[JobState, ...] = get_args(JobState)


@pytest.mark.parametrize("state", STATES)
def test_jobs_in_one_state_amount_to_that_state(state: JobState) -> None:
    assert overall_state([state]) == overall_state([state] * 3) == image_state([state]) == state


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (["committed", "queued"], "queued"),
        (["committed", "sending", "queued"], "sending"),
        (["committed", "failed", "sending"], "failed"),
        (["failed", "unverified", "sending"], "unverified"),
    ],
)
def test_a_commit_is_in_the_state_that_needs_attention_most(states: list[JobState], whole: JobState) -> None:
    assert overall_state(states) == overall_state(reversed(states)) == whole


@pytest.mark.parametrize("states", list(combinations_with_replacement(STATES, 2)))
def test_an_image_is_under_way_as_long_as_one_of_its_jobs_is(states: tuple[JobState, ...]) -> None:
    state = image_state(states)
    assert (state in WAITING) == any(each in WAITING for each in states)
    assert (state == "committed") == all(each == "committed" for each in states)
    # Failed alone: what one target has already is partly filed, and its details can't be changed any more.
    assert (state == "partly") == (set(states) == {"committed", "failed"})
    if not WAITING & set(states) and state != "partly":
        assert state == overall_state(states)
