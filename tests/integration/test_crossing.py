"""Requests that cross: one meets what another has done in a transaction that has not ended yet."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from clinicpro_images.db.unit_of_work import UnitOfWork
from databases import on_both
from image_files import make_jpeg
from phones import phone_of, slug
from running import FOREARM, BrowserSession, Sandbox
from statements import scalar

pytestmark = pytest.mark.anyio

# On SQLite, one transaction ends before the next one begins.
on_postgresql = pytest.mark.parametrize(
    "database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True
)
NURSE = "7def01802be7cbe97d4301a421f111f5"
PHOTO = make_jpeg(width=400, height=300, seed=1)
# What every transaction locks that records something, as its last step.
_TRAIL = "LOCK TABLE audit_head IN ACCESS EXCLUSIVE MODE"
_IMAGE = "SELECT 1 FROM images WHERE id = :id FOR UPDATE"
_BLOCKED = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


@asynccontextmanager
async def holding(browser: BrowserSession, lock: str, **values: str) -> AsyncIterator[None]:
    """Hold a lock that the requests will need, until all of them wait."""
    held, may_end, loop = asyncio.Event(), threading.Event(), asyncio.get_running_loop()

    def hold(work: UnitOfWork) -> None:
        work.connection.execute(text(lock), values)
        loop.call_soon_threadsafe(held.set)
        may_end.wait(60)

    holder = asyncio.create_task(browser.gateway.database.write(hold))
    await held.wait()
    try:
        yield
    finally:
        may_end.set()
        await holder


async def crossing(
    browser: BrowserSession, first: Awaitable[Any], second: Awaitable[Any], lock: str = _TRAIL, **values: str
) -> tuple[Any, Any]:
    """Begin `first`, and once it waits for the lock, `second`; release the lock once both wait."""
    async with holding(browser, lock, **values):
        tasks = []
        for number, each in enumerate((first, second), start=1):
            tasks.append(asyncio.ensure_future(each))
            await blocked(browser, number)
    return await tasks[0], await tasks[1]


async def blocked(browser: BrowserSession, count: int) -> None:
    """Wait until so many transactions wait for a lock."""
    async with asyncio.timeout(60):
        while True:
            if await scalar(browser.gateway.database, _BLOCKED) >= count:
                return
            await asyncio.sleep(0.01)


async def window(browser: BrowserSession, **options: str) -> httpx2.AsyncClient:
    """Another browser with a session of the same patient."""
    client = browser.other_browser()
    url = browser.sandbox.launch_url(**options)
    assert (await client.get(f"/launch?{url.partition('?')[2]}")).status_code == 303
    return client


async def staged(client: httpx2.AsyncClient, seed: int = 1) -> str:
    added = await client.post("/api/images", content=make_jpeg(width=400, height=300, seed=seed))
    assert added.status_code == 201, added.text
    await client.patch(f"/api/images/{added.json()['id']}", json={"bodySite": FOREARM})
    return str(added.json()["id"])


def file(client: httpx2.AsyncClient, *image_ids: str, key: str) -> Awaitable[httpx2.Response]:
    headers = {"Idempotency-Key": key}
    return client.post("/api/commits", json={"imageIds": list(image_ids)}, headers=headers)


async def filed(browser: BrowserSession, client: httpx2.AsyncClient, *image_ids: str, key: str) -> str:
    """File them; return the commit's id, once none of them is under way."""
    reply = await file(client, *image_ids, key=key)
    assert reply.status_code == 202, reply.text
    browser.client.cookies = client.cookies
    await browser.images_settled(reply.json()["id"])
    return str(reply.json()["id"])


def refuse_once(sandbox: Sandbox) -> None:
    fault = {"kind": "403", "times": 1, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})


async def shown(client: httpx2.AsyncClient) -> list[str]:
    return [image["id"] for image in (await client.get("/api/images")).json()["images"]]


@on_postgresql
async def test_leftovers_that_arrive_while_the_same_bytes_are_added_are_both_kept(
    browser: BrowserSession,
) -> None:
    nurse, doctor = await window(browser, provider=NURSE), await window(browser)
    left = await staged(nurse)
    await nurse.delete("/api/session")
    added, resumed = await crossing(
        browser,
        doctor.post("/api/images", content=PHOTO),
        doctor.post("/api/session/leftovers/resume"),
    )
    assert (added.status_code, resumed.status_code) == (201, 200), resumed.text
    assert sorted(await shown(doctor)) == sorted([left, added.json()["id"]])


@on_postgresql
async def test_a_photo_added_again_while_it_is_being_removed_is_kept(browser: BrowserSession) -> None:
    desk = await window(browser)
    image_id = await staged(desk)
    removed, added = await crossing(
        browser, desk.delete(f"/api/images/{image_id}"), desk.post("/api/images", content=PHOTO)
    )
    assert (removed.status_code, added.status_code) == (204, 201), added.text
    assert await shown(desk) == [added.json()["id"]]


@on_postgresql
async def test_what_a_new_phone_sends_again_is_kept_while_the_former_ones_held_photo_is_destroyed(
    browser: BrowserSession,
) -> None:
    desk = await window(browser)
    former = await phone_of(browser, desk)
    assert (await former.post("/api/images?held=true", content=PHOTO)).status_code == 201
    phone = await phone_of(browser, desk)
    ended, held = await crossing(
        browser,
        browser.gateway.retention.end_copies(),
        phone.post("/api/images?held=true", content=PHOTO),
    )
    assert (ended, held.status_code) == (1, 201), held.text
    released = await phone.post(f"/api/images/{held.json()['id']}/release")
    assert released.status_code == 200, released.text
    assert await shown(desk) == [held.json()["id"]]


@on_postgresql
async def test_two_commits_at_once_give_their_images_different_titles(browser: BrowserSession) -> None:
    desk = await window(browser)
    one, other = await staged(desk, 1), await staged(desk, 2)
    replies = await crossing(browser, file(desk, one, key="one"), file(desk, other, key="other"))
    titles = [reply.json()["images"][0]["title"] for reply in replies]
    assert titles[0] != titles[1], titles


@on_postgresql
async def test_a_retry_and_a_take_over_that_lock_each_other_out_are_both_carried_out(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    desk, other = await window(browser), await window(browser)
    # The retry locks both in the order of their ids, the take-over first the one that is unfiled.
    first, second = sorted([await staged(desk, 1), await staged(desk, 2)])
    await filed(browser, desk, first, key="first")
    refuse_once(sandbox)
    commit_id = await filed(browser, desk, first, second, key="both")
    retried, resumed = await crossing(
        browser,
        desk.post(f"/api/commits/{commit_id}/retry"),
        other.post("/api/session/leftovers/resume"),
        _IMAGE,
        id=first,
    )
    assert resumed.status_code == 200, resumed.text
    assert retried.status_code in {202, 404}, retried.text


@on_both
async def test_a_key_whose_commit_went_to_another_session_and_came_back_answers_the_same_commit(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    desk, other = await window(browser), await window(browser)
    one, two = await staged(desk, 1), await staged(desk, 2)
    refuse_once(sandbox)
    commit_id = await filed(browser, desk, one, key="key")
    assert (await other.post("/api/session/leftovers/resume")).status_code == 200
    assert await slug(await file(desk, one, key="key")) == (404, "not-found")
    three = await staged(desk, 3)
    assert await slug(await file(desk, three, key="key")) == (409, "idempotency-conflict")

    assert (await desk.post("/api/session/leftovers/resume")).status_code == 200
    assert sorted(await shown(desk)) == sorted([one, two, three])
    again = await file(desk, one, key="key")
    assert (again.status_code, again.json()["id"]) == (202, commit_id)
