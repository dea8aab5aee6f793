"""Writes that are said not to have been carried out: a search that can see has the last word, and time to see it."""

import asyncio

import pytest

from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemOtherPatient,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemTokenRenewed,
)
from unit.commits.job_world import JobWorld
from unit.commits.worker_world import POLICY, Fixture, raising, working

pytestmark = pytest.mark.anyio

LAG = 8.0  # twice that is more than the least that a repeat waits
SAID = "exception"  # the code of ALEX's own refusal


@pytest.fixture
def here(world: JobWorld) -> Fixture:
    return Fixture(world)


async def _glanced(here: Fixture, times: int) -> None:
    """Wait until the record has been looked at so often before a repeat."""
    async with asyncio.timeout(20):
        while len(here.alex.glanced) < times:
            here.wake.set()
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (PracticeOffline(upstream_status=503, upstream_code=SAID), 2 * LAG),
        (RecordSystemThrottled(upstream_status=429), 2 * LAG),
        (RecordSystemTokenRenewed(upstream_status=401), 2 * LAG),
        # Nobody knows whose word that is: perhaps a proxy's that no longer waited.
        (PracticeOffline(upstream_status=503), 2 * LAG + POLICY.reconcile_after),
    ],
)
async def test_where_a_search_can_see_a_repeat_gives_it_the_time_that_it_takes(
    here: Fixture, error: RecordSystemError, seconds: float
) -> None:
    here.alex.answers, here.alex.can_see, here.alex.lag = [raising(error)], True, LAG
    job = await here.world.one()
    async with working(here.worker()):
        await _glanced(here, 3)
        here.world.clock.now += seconds - 0.1
        await _glanced(here, len(here.alex.glanced) + 3)
        assert here.alex.started == [job.id]
        here.world.clock.now += 0.1
        await here.until(job, "committed")
    assert here.alex.started == [job.id, job.id]


async def test_a_repeat_waits_also_if_the_record_was_never_slow(here: Fixture) -> None:
    """It may have become slow since a search was last seen to see."""
    here.alex.answers, here.alex.can_see = (
        [raising(PracticeOffline(upstream_status=503, upstream_code=SAID))],
        True,
    )
    job = await here.world.one()
    async with working(here.worker()):
        await _glanced(here, 3)
        here.world.clock.now += POLICY.reconcile_after / 6 - 0.1
        await _glanced(here, len(here.alex.glanced) + 3)
        assert here.alex.started == [job.id]
        here.world.clock.now += 0.1
        await here.until(job, "committed")


async def test_what_is_shown_late_although_medtech_said_no_is_not_filed_again(here: Fixture) -> None:
    here.alex.answers, here.alex.can_see, here.alex.lag = [raising(PracticeOffline())], True, LAG
    job = await here.world.one()
    async with working(here.worker()):
        await _glanced(here, 3)
        here.alex.visible = "shown-late"
        done = await here.until(job, "committed")
    assert (done.resource_id, here.alex.started) == ("shown-late", [job.id])


async def test_where_no_search_can_see_a_repeat_waits_for_nothing(here: Fixture) -> None:
    here.alex.answers = [raising(PracticeOffline(upstream_status=503))]
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "committed")
    assert here.alex.started == [job.id, job.id]


@pytest.mark.parametrize("refusal", [RecordSystemRejected, RecordSystemForbidden])
async def test_a_refusal_is_not_told_where_the_record_shows_that_it_was_filed(
    here: Fixture, refusal: type[RecordSystemError]
) -> None:
    here.alex.answers, here.alex.visible = [raising(refusal())], "there-all-the-same"
    job = await here.world.one()
    async with working(here.worker()):
        done = await here.until(job, "committed")
    assert (done.resource_id, here.alex.started) == ("there-all-the-same", [job.id])
    assert "failed" not in await here.world.history(job)


async def test_a_refusal_stays_one_if_the_record_can_not_be_looked_at(here: Fixture) -> None:
    here.alex.answers, here.alex.visible = [raising(RecordSystemRejected())], RecordSystemFailed()
    job = await here.world.one()
    async with working(here.worker()):
        failed = await here.until(job, "failed")
    assert failed.error is not None
    assert failed.error.slug == RecordSystemRejected.slug


async def test_what_a_refusal_left_in_another_patients_record_is_asked_about(here: Fixture) -> None:
    here.alex.answers, here.alex.visible = [raising(RecordSystemRejected())], RecordSystemOtherPatient()
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "unverified")
    assert here.alex.started == [job.id]


async def test_what_is_found_in_another_patients_record_is_asked_about_and_not_repeated(
    here: Fixture,
) -> None:
    here.alex.answers, here.alex.visible = [raising(PracticeOffline())], RecordSystemOtherPatient()
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "unverified")
    assert here.alex.started == [job.id]


async def test_nothing_is_repeated_while_the_record_can_not_be_reached_to_look(here: Fixture) -> None:
    here.alex.answers, here.alex.visible = [raising(PracticeOffline())], RecordSystemThrottled()
    job = await here.world.one()
    async with working(here.worker()):
        await _glanced(here, 3)
        assert here.alex.started == [job.id]
        here.alex.visible = None
        await here.until(job, "committed")
    assert here.alex.started == [job.id, job.id]


async def test_a_token_that_is_rejected_once_is_renewed_and_twice_is_a_refusal(here: Fixture) -> None:
    renewed = raising(RecordSystemTokenRenewed(upstream_status=401))
    here.alex.answers = [renewed]
    once = await here.world.one()
    async with working(here.worker()):
        await here.until(once, "committed")
        assert here.alex.started == [once.id, once.id]
        here.alex.answers = [renewed, renewed]
        twice = await here.world.one()
        here.wake.set()
        failed = await here.until(twice, "failed")
    assert failed.attempt == 2
