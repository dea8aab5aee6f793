"""The worker's loop on a real database: what it starts, reconciles, gives up and survives. A fake delivers."""

import asyncio
import time
from collections.abc import Collection
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from clinicpro_images.commits.errors import LandingUnknown
from clinicpro_images.commits.jobs.circuit_breaker import CircuitBreaker
from clinicpro_images.commits.jobs.job import Job, send_again
from clinicpro_images.commits.jobs.lookup import store_decision
from clinicpro_images.commits.jobs.poll_intervals import PollIntervals
from clinicpro_images.commits.jobs.store import JobStore, LeasedJob
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.unit_of_work import UnitOfWork
from clinicpro_images.images.errors import ImageGone
from clinicpro_images.records.errors import (
    PracticeOffline,
    RecordSystemConnectionLost,
    RecordSystemDuplicate,
    RecordSystemError,
    RecordSystemFailed,
    RecordSystemForbidden,
    RecordSystemRejected,
    RecordSystemThrottled,
    RecordSystemTimeout,
    RecordSystemUnclear,
)
from databases import on_both
from unit.commits.job_world import HERE, THERE, JobWorld, WallClock, open_job_world
from unit.commits.recorded import recorded
from unit.commits.worker_world import NEVER, POLICY, Fixture, raising, working

pytestmark = pytest.mark.anyio


@pytest.fixture
def here(world: JobWorld) -> Fixture:
    return Fixture(world)


async def test_a_job_is_sent_once_and_its_image_destroyed(here: Fixture) -> None:
    job = await here.world.one()
    async with working(here.worker()):
        done = await here.until(job, "committed")
        await here.image_destroyed()
    assert done.resource_id == f"resource-{job.id[-4:]}"
    assert here.alex.sent == [job.id]


async def test_fifty_jobs_of_a_practice_that_is_offline_do_not_hold_up_another_practices_job(
    here: Fixture,
) -> None:
    """The rule behind `scripts/bench offline`: jobs of a tripped facility are not even read, however old and many."""
    here.alex.offline = {THERE}
    offline = [await here.world.one(facility_id=THERE) for _ in range(50)]
    here.trip(THERE)
    other = await here.world.one(facility_id=HERE)
    async with working(here.worker(concurrency=2)):
        await here.until(other, "committed")
        assert here.alex.started == [other.id]

        # After the pause, one job goes ahead; it fails, and the other 49 still hold up nobody.
        here.monotonic += 1000.0
        one_more = await here.world.one(facility_id=HERE)
        await here.until(one_more, "committed")
    started_there = [job for job in here.alex.started if job not in {other.id, one_more.id}]
    assert len(started_there) <= 1
    waiting = [job for job in await here.world.jobs() if job.facility_id == THERE]
    assert {job.state for job in waiting} == {"queued"}
    assert len(waiting) == len(offline)


async def test_a_job_that_has_to_wait_is_not_leased_so_that_any_worker_may_start_it(here: Fixture) -> None:
    there, go_on = [await here.world.one(facility_id=THERE) for _ in range(9)], asyncio.Event()

    async def answer(job: Job) -> str:
        await go_on.wait()
        return f"resource-{job.id[-4:]}"

    here.alex.answers = [answer] * 10
    async with working(here.worker()):
        job = await here.world.one(facility_id=HERE)
        async with asyncio.timeout(20):
            while len(here.alex.started) < 5:  # noqa: ASYNC110 - nothing is notified of a job's start
                await asyncio.sleep(0.005)
        assert set(here.alex.started) == {*(each.id for each in there[:4]), job.id}
        owners = [(await here.world.lease_of(each))[0] for each in there]
        assert owners == ["first"] * 4 + [None] * 5
        go_on.set()
        for each in there:
            await here.until(each, "committed")


async def test_when_their_time_is_over_the_jobs_of_an_offline_practice_fail(here: Fixture) -> None:
    here.alex.offline = {THERE}
    offline = [await here.world.one(facility_id=THERE) for _ in range(5)]
    here.trip(THERE)
    here.world.clock.now += POLICY.ceiling
    async with working(here.worker()):
        for job in offline:
            failed = await here.until(job, "failed")
            assert failed.error is not None
            assert failed.error.slug == PracticeOffline.slug
    assert here.alex.started == []


async def test_after_a_lost_answer_it_searches_and_does_not_send_again_what_it_finds(here: Fixture) -> None:
    here.alex.answers = [raising(RecordSystemConnectionLost())]
    here.alex.found = "found-there"
    job = await here.world.one()
    async with working(here.worker()):
        done = await here.until(job, "committed")
    assert done.resource_id == "found-there"
    assert here.alex.started == [job.id]
    assert here.alex.sent == []


@pytest.mark.parametrize(
    "unclear", [RecordSystemTimeout, RecordSystemFailed, RecordSystemUnclear, RecordSystemDuplicate]
)
async def test_a_write_that_is_not_found_is_repeated_only_once_it_may_be_reconciled(
    here: Fixture, unclear: type[RecordSystemError]
) -> None:
    """Also after an answer: what was written may be shown later than usual."""
    here.alex.answers = [raising(unclear())]
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "queued", uncertain=True)
        async with asyncio.timeout(20):
            while True:
                if len(here.alex.searched) >= 3:
                    break
                here.wake.set()
                await asyncio.sleep(0.005)
        assert here.alex.started == [job.id]
        here.world.clock.now += POLICY.reconcile_after
        await here.until(job, "committed")
    assert here.alex.started == [job.id, job.id]
    assert "not-found" in await here.world.history(job)


async def test_a_search_that_started_too_early_does_not_count_however_late_its_answer_comes(
    here: Fixture,
) -> None:
    here.alex.answers = [raising(RecordSystemTimeout())]
    here.alex.search_seconds = POLICY.reconcile_after
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "committed")
    # The first search ended late enough and found nothing; only the second, which started late enough, counted.
    assert here.alex.searched == [job.id, job.id]
    assert (await here.world.history(job)).count("settling") == 1


@pytest.mark.parametrize("refused", [PracticeOffline, RecordSystemThrottled])
async def test_what_was_filed_although_medtech_said_no_is_seen_before_it_is_repeated(
    here: Fixture, refused: type[RecordSystemError]
) -> None:
    here.alex.answers, here.alex.visible = [raising(refused())], "there-all-the-same"
    job = await here.world.one()
    async with working(here.worker()):
        done = await here.until(job, "committed")
    assert (done.resource_id, here.alex.started) == ("there-all-the-same", [job.id])


async def test_what_is_sent_again_by_hand_is_looked_for_first(here: Fixture) -> None:
    here.alex.answers = [raising(RecordSystemRejected())]
    job = await here.world.one()
    async with working(here.worker()):
        failed = await here.until(job, "failed")
        here.alex.visible = "there-all-the-same"
        await here.world.database.write(_sent_again, here.world, failed)
        here.wake.set()
        done = await here.until(job, "committed")
    assert (done.resource_id, here.alex.started) == ("there-all-the-same", [job.id])


def _sent_again(work: UnitOfWork, world: JobWorld, job: Job) -> None:
    store_decision(work, world.images, job, send_again(job, work.now, "c0ffee"), "clinician")


async def test_a_first_write_is_not_looked_for(here: Fixture) -> None:
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "committed")
    assert here.alex.glanced == []


async def test_a_search_of_its_own_that_fails_does_not_keep_a_photo_from_being_filed(here: Fixture) -> None:
    here.alex.answers, here.alex.visible = [raising(PracticeOffline())], RecordSystemFailed()
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "committed")
    assert here.alex.glanced == [job.id]
    assert here.alex.started == [job.id, job.id]


async def test_where_it_may_not_search_the_clinician_is_asked(here: Fixture) -> None:
    here.alex.answers = [raising(RecordSystemTimeout())]
    here.alex.found = RecordSystemForbidden()
    job = await here.world.one()
    async with working(here.worker()):
        # "Send again" must not meet a write that is still under way.
        await here.until(job, "queued", uncertain=True)
        async with asyncio.timeout(20):
            while len(here.alex.searched) < 2:  # noqa: ASYNC110 - nothing is notified of a search
                await asyncio.sleep(0.005)
        assert (await here.world.now(job)).state == "queued"
        here.world.clock.now += POLICY.reconcile_after
        unverified = await here.until(job, "unverified")
    assert unverified.may_have_landed
    assert here.alex.started == [job.id]


async def test_where_the_search_is_not_proven_able_to_see_the_clinician_is_asked(here: Fixture) -> None:
    here.alex.answers, here.alex.sees = [raising(RecordSystemTimeout())], False
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "queued", uncertain=True)
        here.world.clock.now += POLICY.reconcile_after
        here.wake.set()
        unverified = await here.until(job, "unverified")
    assert here.alex.started == [job.id]
    assert unverified.error is not None
    assert unverified.error.slug == LandingUnknown.slug


async def test_a_record_that_shows_late_is_given_the_time_that_it_takes(here: Fixture) -> None:
    here.alex.answers, here.alex.lag = [raising(RecordSystemTimeout())], 5 * POLICY.reconcile_after
    job = await here.world.one()
    async with working(here.worker()):
        await here.until(job, "queued", uncertain=True)
        here.world.clock.now += 2 * POLICY.reconcile_after
        looked = len(here.alex.searched)
        async with asyncio.timeout(20):
            while len(here.alex.searched) <= looked:
                here.wake.set()
                await asyncio.sleep(0.005)
        assert here.alex.started == [job.id]
        here.world.clock.now += 4 * POLICY.reconcile_after
        await here.until(job, "committed")
    assert here.alex.started == [job.id, job.id]


async def test_a_job_whose_worker_died_while_sending_is_searched_for_before_anything_is_sent(
    here: Fixture,
) -> None:
    job = await here.world.set_state(await here.world.one(), "sending")
    here.alex.found = "landed-before-the-death"
    async with working(here.worker()):
        await here.until(job, "committed")
    assert here.alex.started == []
    assert "worker-lost" in await here.world.history(job)


async def test_a_fault_of_our_own_ends_neither_the_worker_nor_the_other_jobs(here: Fixture) -> None:
    broken, gone, good = [await here.world.one() for _ in range(3)]
    here.alex.unpreparable = {broken.id: ZeroDivisionError("ours"), gone.id: ImageGone()}
    async with working(here.worker()) as task:
        await here.until(good, "committed")
        failed = await here.until(gone, "failed")
        assert not task.done()
    assert failed.error is not None
    assert failed.error.slug == ImageGone.slug
    assert (await here.world.now(broken)).state == "queued"
    assert here.alex.started == [good.id]


async def test_a_database_that_can_not_be_read_for_a_while_ends_nothing(here: Fixture) -> None:
    class Unreliable(JobStore):
        def lease(
            self,
            work: UnitOfWork,
            limit: int,
            *,
            excluded: Collection[str] = (),
            running: Collection[str] = (),
        ) -> list[LeasedJob]:
            if failures:
                raise failures.pop()
            return super().lease(work, limit, excluded=excluded, running=running)

    failures = [ConnectionError("gone"), ConnectionError("still gone")]
    job = await here.world.one()
    reliable = here.world.store()
    store = Unreliable(reliable.images, reliable.sessions, reliable.owner, reliable.lease_seconds)
    async with working(here.worker(store)):
        await here.until(job, "committed")
    assert failures == []


async def test_a_stopped_worker_finishes_its_running_jobs_and_starts_no_other(here: Fixture) -> None:
    let_go = asyncio.Event()

    async def slow(_job: Job) -> str:
        await let_go.wait()
        return "landed"

    here.alex.answers = [slow]
    running = await here.world.one()
    worker = here.worker(concurrency=1)
    async with working(worker) as task:
        await here.until(running, "sending")
        later = await here.world.one()
        worker.stop()
        let_go.set()
        async with asyncio.timeout(20):
            await task
    assert (await here.world.now(running)).state == "committed"
    assert (await here.world.now(later)).state == "queued"


async def test_a_worker_stores_nothing_about_a_job_that_another_has_taken_over(here: Fixture) -> None:
    async def taken_away(job: Job) -> str:
        await here.world.give_lease_to(job, "second")
        raise PracticeOffline

    here.alex.answers = [taken_away]
    job = await here.world.one()
    other = await here.world.one()
    async with working(here.worker()):
        await here.until(other, "committed")
        await here.until(job, "sending")
    assert (await here.world.lease_of(job))[0] == "second"
    assert (await here.world.history(job))[-1] == "sending"


async def test_that_a_job_landed_is_stored_even_if_another_worker_has_taken_it_over(here: Fixture) -> None:
    async def taken_away(job: Job) -> str:
        await here.world.give_lease_to(job, "second")
        return "landed-late"

    here.alex.answers = [taken_away]
    job = await here.world.one()
    async with working(here.worker()):
        done = await here.until(job, "committed")
    assert done.resource_id == "landed-late"


@on_both
async def test_a_job_that_was_put_off_is_delivered_when_it_is_due_and_not_at_the_next_poll(
    tmp_path: Path, database: str
) -> None:
    policy = replace(POLICY, first_wait=0.3, longest_wait=0.3)
    async with open_job_world(tmp_path, database, WallClock()) as world:
        here, sent_at = Fixture(world), list[float]()

        async def offline_at_first(_job: Job) -> str:
            sent_at.append(time.time())
            if len(sent_at) <= 3:
                raise PracticeOffline
            return "landed"

        here.breaker = CircuitBreaker(time.monotonic, trip_after=100)
        here.alex.answers = [offline_at_first] * 4
        job = await world.one()
        async with working(here.worker(policy=policy, poll=NEVER, jitter=1.0)):
            await here.until(job, "committed")
        waits = [later - earlier for earlier, later in pairwise(sent_at)]
    assert min(waits) >= 0.29, waits


async def test_a_worker_with_nothing_to_do_polls_only_at_its_idle_interval(here: Fixture) -> None:
    assert PollIntervals().idle >= 2.0
    idle = 0.2
    await here.world.one()
    async with working(here.worker(poll=PollIntervals(busy=0.01, idle=idle))):
        await here.image_destroyed()
        with recorded(here.world.database) as transactions:
            started = time.monotonic()
            await asyncio.sleep(1.0)
            polls = len(transactions)
            elapsed = time.monotonic() - started
        # One more than the intervals that fit, and one that follows the job that has just ended.
        assert polls <= elapsed / idle + 2
        await here.until(await here.world.one(), "committed")


@on_both
async def test_filing_an_image_takes_three_transactions_and_at_most_fifteen_statements(
    here: Fixture,
) -> None:
    database = here.world.database
    await here.world.one()
    store = replace(here.world.store(), clock=DatabaseClock(is_local=database.is_sqlite))
    with recorded(database) as transactions:
        async with working(here.worker(store, poll=NEVER)):
            await here.image_destroyed()
    lease, sending, landing, *_ = transactions
    assert "lease_owner" in lease[-2]
    assert "UPDATE images" in sending[0]
    assert any("INSERT INTO audit" in statement for statement in landing)
    assert len(lease) + len(sending) + len(landing) <= 15
