"""What is recorded about a job: what landed stays so, every step is kept, and whoever watches is told."""

import asyncio

import pytest
from structlog.testing import capture_logs
from unit.commits.surgery import LONG_AGO, SESSION, WHY, Surgery

from clinicpro_images.commits.jobs.job import landed, refused, start_sending, try_later

pytestmark = pytest.mark.anyio


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


@pytest.mark.parametrize(("second_id", "told"), [("abc", 0), ("def", 1)])
async def test_that_something_landed_twice_is_told_and_what_was_first_stays(
    surgery: Surgery, second_id: str, told: int
) -> None:
    await surgery.one()
    queue = surgery.queue()
    [job] = await queue.take(1)
    await queue.record(job, landed(job, "abc"), "landed", release=False)
    with capture_logs() as lines:
        after = await queue.record(job, landed(job, second_id), "landed")
    assert after.resource_id == "abc"
    assert [line["event"] for line in lines] == ["commit.landed-twice"] * told


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
    assert document.image_id is not None

    assert (await queue.record_landed(document, "doc-1", "landed"))[1] is None
    photo = await surgery.images.get(SESSION, document.image_id)
    assert (photo.state, photo.content_key is None) == ("queued", False)

    assert (await queue.record_landed(media, "med-1", "landed"))[1] is not None
    photo = await surgery.images.get(SESSION, document.image_id)
    assert (photo.state, photo.document_reference_id, photo.media_id) == ("committed", "doc-1", "med-1")
    assert (photo.content_key, photo.committed_at) == (None, LONG_AGO)


async def test_two_resources_of_one_picture_landing_at_once_file_it(surgery: Surgery) -> None:
    await surgery.filed("document-reference", "media")
    queue = surgery.queue()
    taken = await queue.take(5)
    done = await asyncio.gather(*(queue.record_landed(job, job.kind, "landed") for job in taken))
    assert sorted(filed_after is not None for _, filed_after in done) == [False, True]


async def test_whoever_watches_is_told_of_the_picture_and_of_every_request_that_shows_it(
    surgery: Surgery,
) -> None:
    [job] = await surgery.filed()
    assert job.image_id is not None
    other = await surgery.commit(job.image_id)
    [job] = await surgery.queue().take(1)
    await surgery.queue().record(job, landed(job, "abc"), "landed")

    told = [(event.name, event.subject_id) for event in await surgery.journal.after(SESSION, 0)]
    assert told == [
        ("image.updated", job.image_id),
        ("commit.updated", job.commit_id),
        ("commit.updated", other),
    ]
