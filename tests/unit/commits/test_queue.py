"""The queue on a real SQLite file: shared without overlap, taken over when a worker dies, told by nobody else."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clinicpro_images.commits.job import JobState, Problem, landed, refused, start_sending, try_later
from clinicpro_images.commits.queue import LeaseLost
from clinicpro_images.db.engine import open_database
from unit.commits.surgery import HERE, LONG_AGO, SESSION, THERE, Surgery, open_surgery

pytestmark = pytest.mark.anyio

WHY = Problem("alex-timeout", "No answer", "Medtech did not answer in time.", alex_status=504)


@pytest.fixture
async def surgery(tmp_path: Path) -> AsyncIterator[Surgery]:
    async with open_surgery(tmp_path) as surgery:
        yield surgery


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
    photos = [await surgery.picture() for _ in range(3)]
    commit = await surgery.commit(*photos)
    ages = [30.0, 10.0, 20.0]
    made = [await surgery.job(commit, photo, queued_at=age) for photo, age in zip(photos, ages, strict=True)]

    assert [job.queued_at for job in await surgery.queue().take(2)] == [10.0, 20.0]
    assert await surgery.queue().take(2) == [made[0]]


async def test_a_job_that_was_put_off_is_not_taken_before_its_time(surgery: Surgery) -> None:
    photo = await surgery.picture()
    job = await surgery.job(await surgery.commit(photo), photo, not_before=time.time() + 1000)
    assert await surgery.queue().take(5) == []

    photo = await surgery.picture()
    due = await surgery.job(await surgery.commit(photo), photo, not_before=time.time() - 1)
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


# --- leases


async def test_a_job_is_held_under_a_lease_of_the_databases_time(surgery: Surgery) -> None:
    job = await surgery.one()
    await surgery.queue(lease=90.0).take(1)
    owner, until = await surgery.lease(job)
    assert owner == "first"
    assert until == pytest.approx(time.time() + 90.0, abs=5.0)
    assert await surgery.queue("second").take(1) == []


async def test_a_lapsed_lease_on_a_job_not_yet_sent_is_taken_as_it_stands(surgery: Surgery) -> None:
    job = await surgery.one()
    await surgery.queue("first").take(1)
    await surgery.lease_lapses(job)

    assert await surgery.queue("second").take(1) == [job]
    assert await surgery.history(job) == ["requested"]
    assert (await surgery.lease(job))[0] == "second"


async def test_what_a_dead_worker_was_sending_is_taken_over_as_one_that_may_have_landed(
    surgery: Surgery,
) -> None:
    await surgery.one()
    first, second = surgery.queue("first"), surgery.queue("second")
    [job] = await first.take(1)
    await first.record(job, start_sending(job, 1234.0), "sending", release=False)
    assert await second.take(1) == []
    await surgery.lease_lapses(job)

    [taken] = await second.take(1)

    assert (taken.state, taken.may_have_landed, taken.sent_at, taken.attempt) == ("queued", True, 1234.0, 1)
    assert await surgery.now(job) == taken
    assert (await surgery.lease(job))[0] == "second"
    assert await surgery.history(job) == ["requested", "sending", "worker-lost"]


async def test_a_worker_does_not_take_its_own_jobs_for_orphans_after_a_standstill(surgery: Surgery) -> None:
    await surgery.one()
    queue = surgery.queue()
    [job] = await queue.take(1)
    await queue.record(job, start_sending(job, 1234.0), "sending", release=False)
    await surgery.lease_lapses(job)

    assert await queue.take(1, running=[job.id]) == []
    assert (await surgery.now(job)).state == "sending"


async def test_of_several_that_find_an_orphan_one_takes_it(surgery: Surgery) -> None:
    await surgery.one()
    first, second = surgery.queue("first"), surgery.queue("second")
    [job] = await first.take(1)
    await first.record(job, start_sending(job, 1234.0), "sending", release=False)
    await surgery.lease_lapses(job)

    taken = await asyncio.gather(*(second.take(1) for _ in range(4)))

    assert sum(len(each) for each in taken) == 1
    assert await surgery.history(job) == ["requested", "sending", "worker-lost"]


async def test_a_worker_believed_dead_that_brings_it_home_meanwhile_leaves_nothing_to_take_over(
    surgery: Surgery,
) -> None:
    await surgery.one()
    first, second = surgery.queue("first"), surgery.queue("second")
    [job] = await first.take(1)
    sending = await first.record(job, start_sending(job, 1234.0), "sending", release=False)
    # The second has the lease and is about to note that the first is gone: here the first comes back.
    await surgery.is_taken_by(job, "second")
    await first.record(sending, landed(sending, "abc"), "landed")

    assert await second._taken_over(sending) is None
    after = await surgery.now(job)
    assert (after.state, after.resource_id) == ("committed", "abc")


async def test_who_lost_the_lease_records_nothing_any_more(surgery: Surgery) -> None:
    await surgery.one()
    first = surgery.queue("first")
    [job] = await first.take(1)
    await surgery.is_taken_by(job, "second")

    with pytest.raises(LeaseLost):
        await first.record(job, start_sending(job, 1234.0), "sending", release=False)
    with pytest.raises(LeaseLost):
        await first.record(job, refused(job, WHY), "alex-rejected")

    assert await surgery.now(job) == job
    assert await surgery.history(job) == ["requested"]


async def test_a_job_nobody_holds_takes_no_record_either(surgery: Surgery) -> None:
    job = await surgery.one()
    with pytest.raises(LeaseLost):
        await surgery.queue().record(job, start_sending(job, 1234.0), "sending")


async def test_that_it_landed_is_stored_whoever_holds_the_job(surgery: Surgery) -> None:
    await surgery.one()
    first, second = surgery.queue("first"), surgery.queue("second")
    [job] = await first.take(1)
    sending = await first.record(job, start_sending(job, 1234.0), "sending", release=False)
    await surgery.lease_lapses(job)
    [taken] = await second.take(1)

    await first.record(sending, landed(sending, "abc"), "landed")

    # The second finds out when it wants to say something about it.
    after = await second.record(taken, landed(taken, "abc"), "found")
    assert (after.state, after.resource_id) == ("committed", "abc")
    assert (await surgery.history(job))[-1] == "landed"


async def test_committed_stays_committed_whatever_its_holder_records(surgery: Surgery) -> None:
    await surgery.one()
    queue = surgery.queue()
    [job] = await queue.take(1)
    await queue.record(job, landed(job, "abc"), "landed", release=False)

    after = await queue.record(job, refused(job, WHY), "alex-rejected")

    assert (after.state, after.resource_id) == ("committed", "abc")
    assert await surgery.history(job) == ["requested", "landed"]


async def test_a_record_gives_the_job_back_unless_told_otherwise(surgery: Surgery) -> None:
    await surgery.one()
    queue = surgery.queue()
    [job] = await queue.take(1)
    sending = await queue.record(job, start_sending(job, 1234.0), "sending", release=False)
    assert (await surgery.lease(job))[0] == "first"
    await queue.record(sending, try_later(sending, 5.0, WHY, may_have_landed=True), "alex-timeout")
    assert await surgery.lease(job) == (None, None)
    [again] = await surgery.queue("second").take(1)
    assert (again.may_have_landed, again.not_before, again.problem) == (True, 5.0, WHY)


async def test_leases_are_renewed_by_their_holder_alone(surgery: Surgery) -> None:
    mine, other, free = await surgery.one(), await surgery.one(), await surgery.one()
    await surgery.is_taken_by(mine, "first")
    await surgery.is_taken_by(other, "second")
    before = [await surgery.lease(each) for each in (other, free)]
    await surgery.lease_lapses(mine)

    await surgery.queue("first", lease=600.0).renew([mine.id, other.id, free.id])
    await surgery.queue("first").renew([])

    owner, until = await surgery.lease(mine)
    assert owner == "first"
    assert until is not None
    assert until > time.time() + 500
    assert [await surgery.lease(each) for each in (other, free)] == before


async def test_jobs_not_begun_are_given_back_and_those_being_sent_are_not(surgery: Surgery) -> None:
    for _ in range(2):
        await surgery.one()
    queue = surgery.queue("first")
    waiting, sent = await queue.take(2)
    await queue.record(sent, start_sending(sent, 1234.0), "sending", release=False)

    await surgery.queue("second").release([waiting.id, sent.id])
    assert (await surgery.lease(waiting))[0] == "first"
    await queue.release([waiting.id, sent.id])
    await queue.release([])

    assert await surgery.lease(waiting) == (None, None)
    assert (await surgery.lease(sent))[0] == "first"
    assert await surgery.queue("second").take(5) == [waiting]


# --- jobs whose time is over


async def test_overdue_jobs_are_those_that_wait_for_these_facilities_and_are_too_old(
    surgery: Surgery,
) -> None:
    photos = [await surgery.picture() for _ in range(4)]
    commit = await surgery.commit(*photos)
    far = time.time() + 1000
    old = await surgery.job(commit, photos[0], queued_at=100.0, not_before=far)
    await surgery.job(commit, photos[1], queued_at=101.0)
    await surgery.job(commit, photos[2], queued_at=100.0, facility_id=THERE)
    await surgery.puts(await surgery.job(commit, photos[3], queued_at=100.0), "sending")
    queue = surgery.queue()

    assert await queue.take_overdue(5, [], queued_before=100.0) == []
    assert await queue.take_overdue(5, [HERE], queued_before=100.0, running=[old.id]) == []
    assert await queue.take_overdue(5, [HERE], queued_before=100.0) == [old]
    assert await surgery.queue("second").take_overdue(5, [HERE], queued_before=100.0) == []


# --- messages and tasks


@pytest.mark.parametrize("kind", ["communication", "task"])
async def test_a_message_or_task_waits_until_every_picture_has_landed(surgery: Surgery, kind: str) -> None:
    photos = [await surgery.picture() for _ in range(2)]
    commit = await surgery.commit(*photos)
    afterwards = await surgery.job(commit, None, "communication" if kind == "communication" else "task")
    for photo in photos:
        await surgery.job(commit, photo)
    queue = surgery.queue()
    first, second = await queue.take(5)
    assert {first.photo_id, second.photo_id} == set(photos)

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
    assert job.photo_id is not None
    later = await surgery.commit(job.photo_id)
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


# --- what a record brings with it


async def test_every_step_is_kept_with_its_time_attempt_reference_and_error(surgery: Surgery) -> None:
    await surgery.one()
    queue = surgery.queue()
    [job] = await queue.take(1)
    surgery.clock.now = 2000.0
    sending = await queue.record(job, start_sending(job, 2000.0), "sending", release=False)
    surgery.clock.now = 2005.0
    await queue.record(sending, refused(sending, WHY), "alex-rejected")

    asked, sent, over = await surgery.transitions(job)
    assert [asked.at, sent.at, over.at] == [LONG_AGO, 2000.0, 2005.0]
    assert [asked.attempt, sent.attempt, over.attempt] == [0, 1, 1]
    assert (sent.from_state, sent.to_state, over.from_state, over.to_state) == (
        "queued", "sending", "sending", "failed",
    )  # fmt: skip
    assert {asked.correlation_id, sent.correlation_id, over.correlation_id} == {"c0ffee"}
    assert sent.error is None
    assert '"alex_status": 504' in over.error


async def test_a_picture_is_filed_once_each_of_its_resources_landed_and_then_its_key_is_gone(
    surgery: Surgery,
) -> None:
    await surgery.filed("document-reference", "media")
    queue = surgery.queue()
    document, media = sorted(await queue.take(5), key=lambda job: job.kind)
    assert document.photo_id is not None

    await queue.record(document, landed(document, "doc-1"), "landed")
    assert await queue.filed_after(document.photo_id) is None
    photo = await surgery.photos.get(SESSION, document.photo_id)
    assert (photo.state, photo.picture_key is None) == ("queued", False)

    await queue.record(media, landed(media, "med-1"), "landed")
    assert await queue.filed_after(document.photo_id) is not None
    photo = await surgery.photos.get(SESSION, document.photo_id)
    assert (photo.state, photo.document_reference_id, photo.media_id) == ("committed", "doc-1", "med-1")
    assert (photo.picture_key, photo.committed_at) == (None, LONG_AGO)


async def test_two_resources_of_one_picture_landing_at_once_file_it(surgery: Surgery) -> None:
    await surgery.filed("document-reference", "media")
    queue = surgery.queue()
    taken = await queue.take(5)
    await asyncio.gather(*(queue.record(job, landed(job, job.kind), "landed") for job in taken))
    assert taken[0].photo_id is not None
    assert await queue.filed_after(taken[0].photo_id) is not None


async def test_whoever_watches_is_told_of_the_picture_and_of_every_request_that_shows_it(
    surgery: Surgery,
) -> None:
    [job] = await surgery.filed()
    assert job.photo_id is not None
    other = await surgery.commit(job.photo_id)
    [job] = await surgery.queue().take(1)
    await surgery.queue().record(job, landed(job, "abc"), "landed")

    told = [(event.name, event.subject_id) for event in await surgery.journal.after(SESSION, 0)]
    assert told == [
        ("image.updated", job.photo_id),
        ("commit.updated", job.commit_id),
        ("commit.updated", other),
    ]
