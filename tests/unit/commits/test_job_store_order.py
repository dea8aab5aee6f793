"""Which jobs are leased, and when: shared without overlap, the oldest first, a message after its images."""

import asyncio
import time
from collections.abc import Iterable

import pytest

from clinicpro_images.commits.jobs.job import Job, JobKind, JobState
from clinicpro_images.commits.jobs.store import LeasedJob
from databases import on_both
from unit.commits.job_world import HERE, SESSION, THERE, JobWorld

pytestmark = pytest.mark.anyio


def jobs_of(leased: Iterable[LeasedJob]) -> list[Job]:
    return [each.job for each in leased]


@on_both
async def test_two_workers_share_the_jobs_and_neither_gets_the_others(world: JobWorld) -> None:
    made = [await world.one() for _ in range(10)]
    first, second = world.holder("first"), world.holder("second")

    leased = [await holder.lease(3) for holder in (first, second) for _ in range(2)]

    assert sorted(each.job.id for found in leased for each in found) == sorted(job.id for job in made)
    assert [len(found) for found in leased] == [3, 3, 3, 1]


@on_both
async def test_no_more_jobs_are_leased_than_the_limit_whatever_the_query_plan(world: JobWorld) -> None:
    """With statistics of a nearly empty table, PostgreSQL would run a subquery of the UPDATE once per row."""
    await world.one()
    await world.database.write(lambda work: work.connection.exec_driver_sql("ANALYZE"))
    for _ in range(7):
        await world.one()
    assert len(await world.holder().lease(2)) == 2


@on_both
async def test_workers_that_lease_at_the_same_time_share_the_jobs(world: JobWorld) -> None:
    made = [await world.one() for _ in range(10)]
    holders = [world.holder("first"), world.holder("second")] * 4

    leased = await asyncio.gather(*(holder.lease(3) for holder in holders))

    assert sorted(each.job.id for found in leased for each in found) == sorted(job.id for job in made)
    assert max(len(found) for found in leased) == 3


@on_both
async def test_two_processes_on_one_database_share_the_jobs_too(world: JobWorld) -> None:
    made = [await world.one() for _ in range(12)]
    async with world.another_process() as database:
        here, there = world.holder("first"), world.holder("second", database=database)
        leased = await asyncio.gather(*(holder.lease(2) for _ in range(4) for holder in (here, there)))

    assert sorted(each.job.id for found in leased for each in found) == sorted(job.id for job in made)


async def test_a_leased_job_is_the_one_that_was_made_with_its_session_and_image(world: JobWorld) -> None:
    job = await world.one()
    [leased] = await world.holder().lease(1)
    assert leased.job == job
    assert leased.session.id == SESSION
    assert leased.image == await world.image_now(job.image_id)
    assert leased.original is None


async def test_the_oldest_jobs_come_first(world: JobWorld) -> None:
    images = [await world.image() for _ in range(3)]
    commit = await world.commit(*images)
    ages = [30.0, 10.0, 20.0]
    made = [await world.job(commit, image, queued_at=age) for image, age in zip(images, ages, strict=True)]

    assert [job.queued_at for job in jobs_of(await world.holder().lease(2))] == [10.0, 20.0]
    assert jobs_of(await world.holder().lease(2)) == [made[0]]


async def test_a_job_that_was_put_off_is_not_leased_before_its_time(world: JobWorld) -> None:
    image = await world.image()
    job = await world.job(await world.commit(image), image, not_before=time.time() + 1000)
    assert await world.holder().lease() == []

    image = await world.image()
    due = await world.job(await world.commit(image), image, not_before=time.time() - 1)
    assert jobs_of(await world.holder().lease()) == [due]
    assert await world.lease_of(job) == (None, None)


@pytest.mark.parametrize("state", ["committed", "failed", "unverified"])
async def test_a_settled_job_is_never_leased(world: JobWorld, state: JobState) -> None:
    await world.set_state(await world.one(), state)
    assert await world.holder().lease() == []


async def test_jobs_of_excluded_facilities_are_not_leased(world: JobWorld) -> None:
    here, there = await world.one(), await world.one(facility_id=THERE)
    assert jobs_of(await world.holder().lease(excluded=[HERE])) == [there]
    assert jobs_of(await world.holder().lease(excluded=[])) == [here]


@on_both
async def test_overdue_jobs_are_those_that_wait_for_these_facilities_and_are_too_old(world: JobWorld) -> None:
    images = [await world.image() for _ in range(5)]
    commit = await world.commit(*images)
    far = time.time() + 1000
    old = await world.job(commit, images[0], queued_at=100.0, not_before=far)
    await world.job(commit, images[1], queued_at=101.0)
    await world.job(commit, images[2], queued_at=100.0, facility_id=THERE)
    await world.set_state(await world.job(commit, images[3], queued_at=100.0), "sending")
    # Sent a moment ago, it may still be under way.
    await world.set_state(await world.job(commit, images[4], queued_at=100.0), "queued", sent_at=90.5)
    holder = world.holder()

    assert await holder.lease_overdue([]) == []
    assert await holder.lease_overdue([HERE], running=[old.id]) == []
    assert jobs_of(await holder.lease_overdue([HERE])) == [old]
    assert await world.holder("second").lease_overdue([HERE]) == []


@pytest.mark.parametrize("kind", ["communication", "task"])
async def test_a_message_or_task_waits_until_every_image_has_landed(world: JobWorld, kind: JobKind) -> None:
    images = [await world.image() for _ in range(2)]
    commit = await world.commit(*images)
    afterwards = await world.job(commit, None, kind)
    for image in images:
        await world.job(commit, image)
    holder = world.holder()
    first, second = await holder.lease()
    assert {first.job.image_id, second.job.image_id} == set(images)

    await holder.land(first, "a")
    assert await holder.lease() == []
    await holder.land(second, "b")
    assert jobs_of(await holder.lease()) == [afterwards]


@pytest.mark.parametrize("state", ["failed", "unverified"])
async def test_a_message_about_an_image_that_is_not_there_is_not_sent(
    world: JobWorld, state: JobState
) -> None:
    [job] = await world.committed()
    await world.job(job.commit_id, None, "communication")
    await world.set_state(job, state)
    assert await world.holder().lease() == []


async def test_a_message_waits_for_an_image_that_another_commit_files(world: JobWorld) -> None:
    [job] = await world.committed()
    assert job.image_id is not None
    later = await world.commit(job.image_id)
    message = await world.job(later, None, "communication")
    holder = world.holder()

    [leased] = await holder.lease()
    assert leased.job == job
    assert await holder.lease() == []
    await holder.land(leased, "abc")
    assert jobs_of(await holder.lease()) == [message]


async def test_a_message_does_not_wait_for_images_of_other_commits(world: JobWorld) -> None:
    [elsewhere] = await world.committed()
    [job] = await world.committed()
    message = await world.job(job.commit_id, None, "communication")
    await world.set_state(job, "committed")
    assert jobs_of(await world.holder().lease()) == [elsewhere, message]
