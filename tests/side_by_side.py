"""Launches side by side, each looking at its patient's earlier photos, and a tally of whose photos were shown."""

import asyncio
import random
from dataclasses import dataclass, field

import httpx2

from hostile_scans import HostileScans, owner_of
from running import BrowserSession
from scan_traps import Person

SIZES = ("thumb", "view", "full")


@dataclass
class Tally:
    """What the launches were shown. `foreign`: pictures of another patient; `missing`: own ones that were not shown."""

    launches: int = 0
    shown: int = 0
    refused: int = 0
    unproven: int = 0
    ended: int = 0
    foreign: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


async def look_side_by_side(
    browser: BrowserSession, front: HostileScans, *, launches: int, at_once: int, seed: int = 1
) -> Tally:
    """Launch so often, so many at once, for patients by chance; each tenth session ends while it loads."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    tally = Tally()
    waiting = [(number, chance.choice(front.persons)) for number in range(launches)]
    strangers: list[str] = []

    async def clinician(client: httpx2.AsyncClient) -> None:
        while waiting:
            number, person = waiting.pop()
            url = front.sandbox.launch_url(person.id)
            reply = await client.get(f"/launch?{url.partition('?')[2]}")
            if reply.status_code != 303:
                tally.problems.append(f"launch: {reply.status_code} {reply.text[:200]}")
                continue
            tally.launches += 1
            if number % 10 == 9:
                await _end_while_loading(client, front, person, tally, of_list=number % 20 == 9)
            else:
                await _look(client, front, person, tally, strangers)

    await asyncio.gather(*(clinician(browser.other_browser()) for _ in range(at_once)))
    return tally


async def _look(
    client: httpx2.AsyncClient, front: HostileScans, person: Person, tally: Tally, strangers: list[str]
) -> None:
    reply = await client.get("/api/earlier-images")
    if reply.status_code != 200:
        tally.problems.append(f"list: {reply.status_code} {reply.text[:200]}")
        return
    listed = reply.json()
    tally.unproven += listed["unproven"]
    own: dict[str, bool] = {}
    for image in listed["images"]:
        shown = await client.get(f"/api/earlier-images/{image['id']}/content?size={SIZES[len(own) % 3]}")
        if shown.status_code != 200:
            tally.refused += 1
            continue
        tally.shown += 1
        own[image["title"]] = True
        owner = owner_of(shown.content, front.persons)
        if owner != person:
            tally.foreign.append(image["title"])
    count = int(next((title for title in own if title.startswith("Own ")), "Own 0 of 1").rpartition(" ")[2])
    wanted = {f"Own {number + 1} of {count}" for number in range(count)}
    tally.missing += sorted(wanted - own.keys())
    # What another session was shown has no meaning in this one.
    for stranger in strangers[-3:]:
        if (await client.get(f"/api/earlier-images/{stranger}/content")).status_code != 404:
            tally.foreign.append("an id of another session")
    strangers += [image["id"] for image in listed["images"][:1]]


async def _end_while_loading(
    client: httpx2.AsyncClient, front: HostileScans, person: Person, tally: Tally, *, of_list: bool
) -> None:
    """Hold what ALEX answers until the session has ended: nothing of it may be shown then."""
    path = "/api/earlier-images"
    if not of_list:
        [image, *_] = (await client.get(path)).json()["images"]
        path = f"{path}/{image['id']}/content"
    front.held[person.nhi] = released = asyncio.Event()
    loading = asyncio.create_task(client.get(path))
    await asyncio.sleep(0.05)
    ended = await client.delete("/api/session")
    front.held.pop(person.nhi, None)
    released.set()
    reply = await loading
    tally.ended += 1
    if ended.status_code != 204 or reply.is_success:
        tally.foreign.append(f"a session that ended: {ended.status_code}, {reply.status_code}")
