"""What a clinician is told about a job that waits."""

from dataclasses import replace

from clinicpro_images.commits.jobs.job import Job
from clinicpro_images.commits.jobs.job_errors import WAITING
from clinicpro_images.commits.jobs.retry import RetryPolicy
from clinicpro_images.commits.outlook import Outlooks

POLICY = RetryPolicy(ceiling=600.0)
JOB = Job(
    id="job",
    kind="document-reference",
    commit_id="commit",
    image_id="image",
    session_id="session",
    facility_id="F2N060-E",
    identifier="identifier",
    correlation_id="correlation",
    queued_at=1000.0,
    not_before=1030.0,
    attempt=1,
    sent_at=1000.0,
    error=WAITING,
)


def test_a_job_is_given_up_when_the_time_for_retries_is_over() -> None:
    outlook = Outlooks(lambda: 1010.0, POLICY, lambda _: None).of(JOB)
    assert (outlook.next_attempt_at, outlook.gives_up_at) == (1030.0, 1600.0)


def test_no_job_is_given_up_before_its_next_attempt() -> None:
    # A record that shows what was sent after five minutes: so long again is waited before it is sent again.
    outlook = Outlooks(lambda: 1010.0, POLICY, lambda _: None).of(replace(JOB, not_before=1660.0))
    assert (outlook.next_attempt_at, outlook.gives_up_at) == (1660.0, 1660.0)
