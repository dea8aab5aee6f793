"""Leases: one worker holds a job, another takes it over if that one dies, and nobody else stores anything about it."""

import asyncio
import time

import pytest

from clinicpro_images.commits.jobs.job import rejected
from clinicpro_images.commits.jobs.store import LeaseLost
from databases import on_both
from unit.commits.job_world import WHY, JobWorld

pytestmark = pytest.mark.anyio


@on_both
async def test_a_job_is_held_under_a_lease_of_the_databases_time(world: JobWorld) -> None:
    job = await world.one()
    await world.holder(lease_seconds=90.0).lease(1)
    owner, until = await world.lease_of(job)
    assert owner == "first"
    assert until == pytest.approx(time.time() + 90.0, abs=5.0)
    assert await world.holder("second").lease(1) == []


async def test_a_job_not_yet_sent_whose_lease_expired_is_leased_as_it_is(world: JobWorld) -> None:
    job = await world.one()
    await world.holder("first").lease(1)
    await world.expire_lease(job)

    [leased] = await world.holder("second").lease(1)
    assert leased.job == job
    assert await world.history(job) == ["requested"]
    assert (await world.lease_of(job))[0] == "second"


@on_both
async def test_a_job_that_a_dead_worker_was_sending_is_taken_over_as_one_that_may_have_landed(
    world: JobWorld,
) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    await first.start_sending(leased)
    assert await second.lease(1) == []
    await world.expire_lease(job)

    [leased] = await second.lease(1)
    taken = await second.take_over(leased)

    assert taken is not None
    assert (taken.state, taken.may_have_landed, taken.sent_at, taken.attempt) == ("queued", True, 1234.0, 1)
    assert await world.now(job) == taken
    assert (await world.lease_of(job))[0] == "second"
    assert await world.history(job) == ["requested", "sending", "worker-lost"]


async def test_a_worker_that_dies_before_it_takes_a_job_over_leaves_it_to_the_next_one(
    world: JobWorld,
) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    await first.start_sending(leased)
    await world.expire_lease(job)
    await second.lease(1)
    assert await first.lease(1) == []
    await world.expire_lease(job)

    [leased] = await first.lease(1)
    assert leased.job.state == "sending"
    taken = await first.take_over(leased)
    assert taken is not None
    assert taken.may_have_landed


async def test_after_a_standstill_a_worker_does_not_lease_again_what_it_is_working_on(
    world: JobWorld,
) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    await holder.start_sending(leased)
    await world.expire_lease(job)

    assert await holder.lease(1, running=[job.id]) == []
    assert (await world.now(job)).state == "sending"


@on_both
async def test_of_several_that_find_a_job_of_a_dead_worker_one_takes_it_over(world: JobWorld) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    await first.start_sending(leased)
    await world.expire_lease(job)

    found = await asyncio.gather(*(second.lease(1) for _ in range(4)))
    taken = [await second.take_over(leased) for each in found for leased in each]

    assert [None if each is None else each.id for each in taken] == [job.id]
    assert await world.history(job) == ["requested", "sending", "worker-lost"]


@on_both
async def test_nothing_is_left_to_take_over_if_the_worker_given_up_for_dead_completes_the_job_first(
    world: JobWorld,
) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    sending = await first.start_sending(leased)
    await world.expire_lease(job)
    # The second has the lease and is about to store that the first is gone: here the first comes back.
    [found] = await second.lease(1)
    await first.land(leased, "abc", job=sending)

    assert await second.take_over(found) is None
    after = await world.now(job)
    assert (after.state, after.resource_id) == ("committed", "abc")


async def test_a_job_is_not_taken_over_by_a_worker_that_lost_its_lease_as_well(world: JobWorld) -> None:
    job = await world.one()
    first, second = world.holder("first"), world.holder("second")
    [leased] = await first.lease(1)
    await first.start_sending(leased)
    await world.expire_lease(job)
    [found] = await second.lease(1)
    await world.give_lease_to(job, "first")

    assert await second.take_over(found) is None
    assert await world.history(job) == ["requested", "sending"]


async def test_a_worker_that_lost_the_lease_stores_nothing_any_more(world: JobWorld) -> None:
    job = await world.one()
    first = world.holder("first")
    [leased] = await first.lease(1)
    await world.give_lease_to(job, "second")

    with pytest.raises(LeaseLost):
        await first.start_sending(leased)
    with pytest.raises(LeaseLost):
        await first.apply(leased, job, rejected(job, WHY), "alex-rejected")

    assert await world.now(job) == job
    assert await world.history(job) == ["requested"]
    assert (await world.image_now(job.image_id)).state == "staged"
    assert await world.events() == []


async def test_nothing_is_stored_about_a_job_that_nobody_holds(world: JobWorld) -> None:
    job = await world.one()
    holder = world.holder()
    [leased] = await holder.lease(1)
    await holder.release(job.id)
    with pytest.raises(LeaseLost):
        await holder.start_sending(leased)
    with pytest.raises(LeaseLost):
        await holder.apply(leased, job, rejected(job, WHY), "alex-rejected")
    assert await world.history(job) == ["requested"]


@on_both
async def test_only_their_holder_renews_leases(world: JobWorld) -> None:
    mine, other, free = await world.one(), await world.one(), await world.one()
    await world.give_lease_to(mine, "first")
    await world.give_lease_to(other, "second")
    before = [await world.lease_of(each) for each in (other, free)]
    await world.expire_lease(mine)

    await world.holder("first", lease_seconds=600.0).renew(mine.id, other.id, free.id)
    await world.holder("first").renew()

    owner, until = await world.lease_of(mine)
    assert owner == "first"
    assert until is not None
    assert until > time.time() + 500
    assert [await world.lease_of(each) for each in (other, free)] == before


@on_both
async def test_jobs_that_were_not_started_are_given_back_and_those_being_sent_are_not(
    world: JobWorld,
) -> None:
    for _ in range(2):
        await world.one()
    holder, second = world.holder("first"), world.holder("second")
    waiting, sent = await holder.lease(2)
    await holder.start_sending(sent)

    await second.release(waiting.job.id, sent.job.id)
    assert (await world.lease_of(waiting.job))[0] == "first"
    await holder.release(waiting.job.id, sent.job.id)
    await holder.release()

    assert await world.lease_of(waiting.job) == (None, None)
    assert (await world.lease_of(sent.job))[0] == "first"
    assert await second.lease(5) == [waiting]
