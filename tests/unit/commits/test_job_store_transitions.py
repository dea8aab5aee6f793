"""What is stored about a job: what landed stays so, every transition is kept, and subscribers are notified."""

import asyncio
from dataclasses import replace

import pytest

from clinicpro_images.commits.jobs.job import JobError, landed, rejected, retry_later, start_sending
from clinicpro_images.db.clock import DatabaseClock
from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import on_both
from log_lines import logged
from unit.commits.job_world import LONG_AGO, WHY, JobWorld

pytestmark = pytest.mark.anyio


async def test_that_it_landed_is_stored_even_if_another_worker_holds_the_job(world: JobWorld) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    sending = await first.start_sending(leased)
    await world.expire_lease(job)
    [found] = await second.lease(1)
    taken = await second.take_over(found)
    assert taken is not None

    await first.land(leased, "abc", job=sending)

    # The second finds out when it stores something itself.
    after, _ = await second.land(found, "abc", job=taken, reason="found")
    assert (after.state, after.resource_id) == ("committed", "abc")
    assert (await world.history(job))[-1] == "landed"


@pytest.mark.parametrize(("second_id", "times"), [("abc", 0), ("def", 1)])
async def test_that_a_resource_landed_twice_is_logged_and_the_first_id_stays(
    world: JobWorld, second_id: str, times: int
) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    await holder.apply(leased, job, landed(job, "abc"), "landed", release=False)
    with logged("commit.") as lines:
        after, seconds = await holder.land(leased, second_id)
    assert (after.resource_id, seconds) == ("abc", None)
    assert [line["event"] for line in lines] == ["commit.landed-twice"] * times


async def test_committed_stays_committed_even_if_its_holder_stores_something_else(world: JobWorld) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    await holder.apply(leased, job, landed(job, "abc"), "landed", release=False)

    after = await holder.apply(leased, job, rejected(job, WHY), "alex-rejected")

    assert (after.state, after.resource_id) == ("committed", "abc")
    assert await world.history(job) == ["requested", "landed"]


async def test_a_transition_gives_the_job_back_unless_it_is_kept(world: JobWorld) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    sending = await holder.start_sending(leased)
    assert (await world.lease_of(job))[0] == "first"
    waiting = retry_later(sending, 5.0, WHY, may_have_landed=True)
    await holder.apply(leased, sending, waiting, "alex-timeout", release=False)
    assert (await world.lease_of(job))[0] == "first"
    await holder.apply(leased, waiting, waiting, "alex-timeout")
    assert await world.lease_of(job) == (None, None)
    [again] = await world.holder("second").lease(1)
    assert (again.job.may_have_landed, again.job.not_before, again.job.error) == (True, 5.0, WHY)


async def test_every_transition_is_kept_with_its_time_attempt_correlation_id_and_error(
    world: JobWorld,
) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    world.clock.now = 2000.0
    sending = await holder.start_sending(leased, 2000.0)
    world.clock.now = 2005.0
    await holder.apply(leased, sending, rejected(sending, WHY), "alex-rejected")

    queued, sent, over = await world.transitions(job)
    assert [queued.at, sent.at, over.at] == [LONG_AGO, 2000.0, 2005.0]
    assert [queued.attempt, sent.attempt, over.attempt] == [0, 1, 1]
    assert (sent.from_state, sent.to_state, over.from_state, over.to_state) == (
        "queued", "sending", "sending", "failed",
    )  # fmt: skip
    assert {queued.correlation_id, sent.correlation_id, over.correlation_id} == {"c0ffee"}
    assert sent.error is None
    assert '"alex_status": 504' in over.error


async def test_starting_to_send_is_stored_as_any_other_transition(world: JobWorld) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    put_off = retry_later(job, 5.0, WHY, may_have_landed=False)
    await holder.apply(leased, job, put_off, "alex-timeout", release=False)
    await holder.start_sending(replace(leased, job=put_off))
    assert await world.now(job) == start_sending(put_off, 1234.0)
    assert (await world.image_now(job.image_id)).state == "sending"


async def test_an_attempt_that_starts_while_the_clock_is_set_is_stored_by_the_new_one(
    world: JobWorld,
) -> None:
    job = await world.one()
    clock = DatabaseClock(is_local=world.database.is_sqlite)
    store = replace(world.store(), clock=clock)
    [leased] = await world.database.write(store.lease, 1)
    sending = start_sending(leased.job, clock())
    ahead, moved = clock.accepted

    def move(_work: UnitOfWork) -> None:
        clock.accept(ahead + 7200.0, moved + 7200.0)

    # The step is accepted after the attempt was decided on, and before it is stored.
    await world.database.write(move)
    await world.database.write(store.start_sending, leased, sending)

    assert sending.sent_at is not None
    assert (await world.now(job)).sent_at == pytest.approx(sending.sent_at + 7200.0, abs=1.0)


async def test_an_error_is_stored_with_what_alex_said(world: JobWorld) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    assert (await world.now(job)).error is None
    error = JobError("alex-forbidden", "Not permitted", "Ask.", alex_status=403)
    await holder.apply(leased, job, rejected(job, error), "alex-forbidden")
    assert (await world.now(job)).error == error


@on_both
async def test_an_image_is_committed_and_its_key_gone_once_each_of_its_resources_landed(
    world: JobWorld,
) -> None:
    await world.committed("document-reference", "media")
    holder = world.holder()
    document, media = sorted(await holder.lease(5), key=lambda leased: leased.job.kind)
    assert document.job.image_id is not None

    assert (await holder.land(document, "doc-1"))[1] is None
    image = await world.image_now(document.job.image_id)
    assert (image.state, image.content_key is None) == ("queued", False)

    assert (await holder.land(media, "med-1"))[1] is not None
    image = await world.image_now(document.job.image_id)
    assert (image.state, image.document_reference_id, image.media_id) == ("committed", "doc-1", "med-1")
    assert (image.content_key, image.committed_at) == (None, LONG_AGO)


@on_both
async def test_two_resources_of_one_image_that_land_at_the_same_time_complete_it(world: JobWorld) -> None:
    await world.committed("document-reference", "media")
    holder = world.holder()
    leased = await holder.lease(5)
    done = await asyncio.gather(*(holder.land(each, each.job.kind) for each in leased))
    assert sorted(seconds is not None for _, seconds in done) == [False, True]


@on_both
async def test_subscribers_learn_of_the_image_and_of_every_commit_that_shows_it_and_no_other(
    world: JobWorld,
) -> None:
    [job] = await world.committed()
    await world.commit(await world.image())
    assert job.image_id is not None
    other = await world.commit(job.image_id)
    holder = world.holder()
    [leased] = await holder.lease(1)
    expected = [
        ("image.updated", job.image_id),
        ("commit.updated", job.commit_id),
        ("commit.updated", other),
    ]

    sending = await holder.start_sending(leased)
    assert [(event.name, event.subject_id) for event in await world.events()] == expected
    await holder.land(leased, "abc", job=sending)
    assert [(event.name, event.subject_id) for event in await world.events()] == expected * 2
