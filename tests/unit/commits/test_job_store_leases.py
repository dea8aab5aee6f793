"""Leases: a job is held by one worker, taken over when that one dies, and recorded by nobody else."""

import asyncio
import time

import pytest
from unit.commits.surgery import WHY, Surgery

from clinicpro_images.commits.jobs.job import landed, refused, start_sending
from clinicpro_images.commits.jobs.store import LeaseLost

pytestmark = pytest.mark.anyio


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
