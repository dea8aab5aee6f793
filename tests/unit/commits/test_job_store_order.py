"""Whose turn it is in the queue: shared without overlap, the oldest first, a message after its pictures."""

import asyncio
import time

import pytest
from unit.commits.surgery import HERE, THERE, Surgery

from clinicpro_images.commits.jobs.job import JobState, landed
from clinicpro_images.db.database import open_database

pytestmark = pytest.mark.anyio


async def test_two_workers_share_the_jobs_and_none_gets_anothers(surgery: Surgery) -> None:
    made = [await surgery.one() for _ in range(10)]
    first, second = surgery.queue("first"), surgery.queue("second")

    taken = await asyncio.gather(*(queue.take(3) for queue in (first, second) for _ in range(2)))

    ids = [job.id for each in taken for job in each]
    assert sorted(ids) == sorted(job.id for job in made)
    assert [len(each) for each in taken] == [3, 3, 3, 1]


async def test_two_processes_on_one_file_share_the_jobs_too(surgery: Surgery) -> None:
    made = [await surgery.one() for _ in range(12)]
    other = open_database(surgery.url)
    try:
        here, there = surgery.queue("first"), surgery.queue("second", database=other)
        taken = await asyncio.gather(*(queue.take(2) for _ in range(4) for queue in (here, there)))
    finally:
        await other.close()

    ids = [job.id for each in taken for job in each]
    assert sorted(ids) == sorted(job.id for job in made)


async def test_a_job_comes_back_from_its_row_as_it_was_made(surgery: Surgery) -> None:
    job = await surgery.one()
    assert await surgery.queue().take(1) == [job]


async def test_the_oldest_jobs_come_first(surgery: Surgery) -> None:
    images = [await surgery.image() for _ in range(3)]
    commit = await surgery.commit(*images)
    ages = [30.0, 10.0, 20.0]
    made = [await surgery.job(commit, image, queued_at=age) for image, age in zip(images, ages, strict=True)]

    assert [job.queued_at for job in await surgery.queue().take(2)] == [10.0, 20.0]
    assert await surgery.queue().take(2) == [made[0]]


async def test_a_job_that_was_put_off_is_not_taken_before_its_time(surgery: Surgery) -> None:
    image = await surgery.image()
    job = await surgery.job(await surgery.commit(image), image, not_before=time.time() + 1000)
    assert await surgery.queue().take(5) == []

    image = await surgery.image()
    due = await surgery.job(await surgery.commit(image), image, not_before=time.time() - 1)
    assert await surgery.queue().take(5) == [due]
    assert await surgery.lease(job) == (None, None)


@pytest.mark.parametrize("state", ["committed", "failed", "unverified"])
async def test_what_is_settled_is_never_taken(surgery: Surgery, state: JobState) -> None:
    await surgery.puts(await surgery.one(), state)
    assert await surgery.queue().take(5) == []


async def test_excluded_facilities_get_no_turn(surgery: Surgery) -> None:
    here, there = await surgery.one(), await surgery.one(facility_id=THERE)
    assert await surgery.queue().take(5, excluded=[HERE]) == [there]
    assert await surgery.queue().take(5, excluded=[]) == [here]


async def test_overdue_jobs_are_those_that_wait_for_these_facilities_and_are_too_old(
    surgery: Surgery,
) -> None:
    images = [await surgery.image() for _ in range(5)]
    commit = await surgery.commit(*images)
    far = time.time() + 1000
    old = await surgery.job(commit, images[0], queued_at=100.0, not_before=far)
    await surgery.job(commit, images[1], queued_at=101.0)
    await surgery.job(commit, images[2], queued_at=100.0, facility_id=THERE)
    await surgery.puts(await surgery.job(commit, images[3], queued_at=100.0), "sending")
    # Sent a moment ago, it may still be under way.
    await surgery.puts(await surgery.job(commit, images[4], queued_at=100.0), "queued", sent_at=90.5)
    queue = surgery.queue()

    assert await queue.take_overdue(5, [], queued_before=100.0, sent_before=90.0) == []
    assert await queue.take_overdue(5, [HERE], queued_before=100.0, sent_before=90.0, running=[old.id]) == []
    assert await queue.take_overdue(5, [HERE], queued_before=100.0, sent_before=90.0) == [old]
    assert await surgery.queue("second").take_overdue(5, [HERE], queued_before=100.0, sent_before=90.0) == []


@pytest.mark.parametrize("kind", ["communication", "task"])
async def test_a_message_or_task_waits_until_every_picture_has_landed(surgery: Surgery, kind: str) -> None:
    images = [await surgery.image() for _ in range(2)]
    commit = await surgery.commit(*images)
    afterwards = await surgery.job(commit, None, "communication" if kind == "communication" else "task")
    for image in images:
        await surgery.job(commit, image)
    queue = surgery.queue()
    first, second = await queue.take(5)
    assert {first.image_id, second.image_id} == set(images)

    await queue.record(first, landed(first, "a"), "landed")
    assert await queue.take(5) == []
    await queue.record(second, landed(second, "b"), "landed")
    assert await queue.take(5) == [afterwards]


@pytest.mark.parametrize("state", ["failed", "unverified"])
async def test_a_message_about_a_picture_that_is_not_there_is_not_sent(
    surgery: Surgery, state: JobState
) -> None:
    [job] = await surgery.filed()
    await surgery.job(job.commit_id, None, "communication")
    await surgery.puts(job, state)
    assert await surgery.queue().take(5) == []


async def test_a_message_waits_for_a_picture_that_another_request_files(surgery: Surgery) -> None:
    [job] = await surgery.filed()
    assert job.image_id is not None
    later = await surgery.commit(job.image_id)
    message = await surgery.job(later, None, "communication")
    queue = surgery.queue()

    assert await queue.take(5) == [job]
    assert await queue.take(5) == []
    await queue.record(job, landed(job, "abc"), "landed")
    assert await queue.take(5) == [message]


async def test_a_message_does_not_wait_for_other_peoples_pictures(surgery: Surgery) -> None:
    [elsewhere] = await surgery.filed()
    [job] = await surgery.filed()
    message = await surgery.job(job.commit_id, None, "communication")
    await surgery.puts(job, "committed")
    assert await surgery.queue().take(5) == [elsewhere, message]
