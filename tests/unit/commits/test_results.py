"""However an attempt ends, its result is counted and logged: alerts and the on-call page depend on it."""

import pytest

from clinicpro_images.commits.jobs.job import JobState
from clinicpro_images.records.errors import (
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemRejected,
    RecordSystemTimeout,
)
from log_lines import logged
from unit.commits.job_world import HERE, JobWorld
from unit.commits.worker_world import POLICY, Fixture, raising, working

pytestmark = pytest.mark.anyio


@pytest.fixture
def here(world: JobWorld) -> Fixture:
    return Fixture(world)


@pytest.mark.parametrize(
    ("error", "sees", "state", "result"),
    [
        (RecordSystemRejected(), True, "failed", "fail"),
        (RecordSystemTimeout(), True, "failed", "fail"),
        (RecordSystemTimeout(), False, "unverified", "review"),
        (RecordSystemDuplicate(), True, "unverified", "review"),
    ],
)
async def test_the_result_of_a_late_attempt_is_counted_and_logged(
    here: Fixture, error: RecordSystemError, *, sees: bool, state: JobState, result: str
) -> None:
    here.alex.answers, here.alex.sees = [raising(error)], sees
    job = await here.world.one()
    here.world.clock.now += POLICY.ceiling - POLICY.reconcile_after / 2
    with logged("commit.") as lines:
        async with working(here.worker()):
            if error.may_have_landed:
                await here.until(job, "queued", uncertain=True)
                here.world.clock.now += POLICY.reconcile_after
                here.wake.set()
            await here.until(job, state)
    counted = here.telemetry.metrics.registry.get_sample_value
    labels = {"facility": HERE, "result": result}
    assert counted("clinicpro_job_results_total", labels) == 1.0
    assert [line["event"] for line in lines].count(f"commit.{result}") == 1
