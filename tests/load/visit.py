"""One clinician and one patient: launch, phone, five images, details, file, receipt; each call at any gateway."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Any

import aiohttp

from load.tally import Tally
from running import FOREARM

IMAGES = 5
_PATIENCE = 300.0
_SILENCE = 5.0


@dataclass(frozen=True)
class Surroundings:
    """What all clinicians of a run share."""

    http: aiohttp.ClientSession
    sandbox: str
    origins: Sequence[str]
    public_url: str
    image: Callable[[int], bytes]
    numbers: "count[int]"
    tally: Tally
    phone: bool
    # Whether a failed call is retried, as page and phone do, or is an error of the run.
    persistent: bool


class Failed(Exception):
    """A call failed, and none may."""


class Visit:
    """One consultation, at a person's pace."""

    def __init__(self, around: Surroundings, random: Random, seconds: float, patient: str) -> None:
        """`seconds` is how long a visit takes beside waiting for the gateway."""
        self._patient = patient
        self._around = around
        self._random = random
        self._pause_seconds = seconds / (IMAGES + 3)
        self._turn = random.randrange(1000)
        self._heard: dict[str, dict[str, Any]] = {}
        self._changed = asyncio.Condition()
        self._cookie = ""
        self._last_event = ""
        self._commit_id = ""

    async def run(self) -> None:
        """Run it once."""
        tally = self._around.tally
        await self._launch()
        await asyncio.gather(
            self._ask("session", "GET", "/api/session"), self._ask("capabilities", "GET", "/api/capabilities")
        )
        events = asyncio.create_task(self._listen())
        try:
            phone = await self._claim() if self._around.phone else self._cookie
            labels = {}
            for _ in range(IMAGES):
                await self._pause()
                label = f"Mole {next(self._around.numbers)}"
                labels[await self._image(label, phone)] = label
            await self._pause()
            await self._file(labels)
            await self._pause()
            await self._end()
        finally:
            events.cancel()
            await asyncio.gather(events, return_exceptions=True)
        tally.visits += 1

    async def _launch(self) -> None:
        async with asyncio.timeout(_PATIENCE):
            while True:
                body = {"patient": self._patient}
                async with self._around.http.post(
                    f"{self._around.sandbox}/sandbox/launches", json=body
                ) as reply:
                    query = (await reply.json())["url"].partition("?")[2]
                found = await self._once("launch", "GET", f"/launch?{query}", {})
                if found is not None and found[0] == 303:
                    self._cookie = found[2]
                    return
                await self._again("launch", found)

    async def _end(self) -> None:
        async with asyncio.timeout(_PATIENCE):
            while True:
                found = await self._once("end session", "DELETE", "/api/session", {})
                # Ended already: the first response was lost.
                if found is not None and (found[0] < 300 or (self._around.persistent and found[0] == 401)):
                    return
                await self._again("end session", found)

    async def _claim(self) -> str:
        handoff = await self._ask("hand-off", "POST", "/api/handoff")
        token = handoff["url"].partition("#")[2].rpartition("=")[2]
        async with asyncio.timeout(_PATIENCE):
            while True:
                more = {"json": {"token": token}, "headers": {"Cookie": ""}}
                found = await self._once("claim", "POST", "/api/handoff/claim", more)
                if found is not None and found[0] < 300:
                    return found[2]
                await self._again("claim", found)
                # The response may be lost after the ticket was used: a person makes a new QR then.
                if self._around.persistent:
                    handoff = await self._ask("hand-off", "POST", "/api/handoff")
                    token = handoff["url"].partition("#")[2].rpartition("=")[2]

    async def _image(self, label: str, phone: str) -> str:
        content = self._around.image(int(label.partition(" ")[2]))
        headers = {"Content-Type": "image/jpeg", "Cookie": phone}
        sent = time.perf_counter()
        added = await self._ask("upload", "POST", "/api/images", data=content, headers=headers)
        uploaded = time.perf_counter()
        image_id = str(added["id"])
        await self._until(lambda: image_id in self._heard)
        self._around.tally.took("uploaded to event on the desktop", max(0.0, time.perf_counter() - uploaded))
        self._around.tally.took("sent to event on the desktop", time.perf_counter() - sent)
        await self._ask("thumbnail", "GET", f"/api/images/{image_id}/content?size=thumb")
        details = {"bodySite": FOREARM, "label": label, "view": "close-up", "type": "lesion"}
        await self._ask("details", "PATCH", f"/api/images/{image_id}", json=details)
        return image_id

    async def _file(self, labels: dict[str, str]) -> None:
        tally = self._around.tally
        tally.asked.update(labels.values())
        body, key = (
            {"imageIds": list(labels)},
            {"Idempotency-Key": uuid.UUID(int=self._random.getrandbits(128)).hex},
        )
        pressed = time.perf_counter()
        commit = await self._ask("file", "POST", "/api/commits", json=body, headers=key)
        self._commit_id = commit["id"]
        done = ("committed", "failed", "unverified")
        await self._until(lambda: _settled(self._heard.get(commit["id"], commit), done))
        tally.took("five images in the record", time.perf_counter() - pressed)
        receipt = await self._ask("receipt", "GET", f"/api/commits/{commit['id']}")
        for image in receipt["images"]:
            if image["state"] == "committed":
                tally.filed[labels[image["imageId"]]] = image["documentReferenceId"]
            else:
                tally.errors[f"filing ended {image['state']}"] += 1

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not await self._changed_so_that(holds):
                # A page that receives nothing for a while polls.
                for image in (await self._ask("look", "GET", "/api/images"))["images"]:
                    self._heard[image["id"]] = image
                if self._commit_id:
                    path = f"/api/commits/{self._commit_id}"
                    self._heard[self._commit_id] = await self._ask("look", "GET", path)

    async def _changed_so_that(self, holds: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(_SILENCE), self._changed:
                await self._changed.wait_for(holds)
        except TimeoutError:
            return holds()
        return True

    async def _listen(self) -> None:
        """Receive events, and reconnect after the last one when the stream ends, as a browser does."""
        while True:
            headers = {"Cookie": self._cookie, "Accept": "text/event-stream"}
            if self._last_event:
                headers["Last-Event-ID"] = self._last_event
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=40)
            try:
                url = f"{self._origin()}/api/events"
                async with self._around.http.get(url, headers=headers, timeout=timeout) as reply:
                    if reply.status == 200:
                        await self._read(reply)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if not self._around.persistent:
                    self._around.tally.errors[f"events: {type(error).__name__}"] += 1
            await asyncio.sleep(0.5)

    async def _read(self, reply: aiohttp.ClientResponse) -> None:
        name = ""
        async for raw in reply.content:
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            if field == "id":
                self._last_event = value
            elif field == "event":
                name = value
            elif field == "data" and name != "session.expiring":
                body = json.loads(value)
                async with self._changed:
                    self._heard[str(body.get("id", ""))] = body
                    self._changed.notify_all()

    async def _pause(self) -> None:
        await asyncio.sleep(self._pause_seconds * self._random.uniform(0.5, 1.5))

    async def _ask(self, call: str, method: str, path: str, **more: Any) -> Any:
        async with asyncio.timeout(_PATIENCE):
            while True:
                found = await self._once(call, method, path, more)
                if found is not None and found[0] < 300:
                    return json.loads(found[1]) if found[1][:1] in {b"{", b"["} else found[1]
                await self._again(call, found)

    async def _once(
        self, call: str, method: str, path: str, more: dict[str, Any]
    ) -> tuple[int, bytes, str] | None:
        own = {"Origin": self._around.public_url, "Cookie": self._cookie}
        sent = {**more, "headers": {**own, **more.get("headers", {})}}
        timeout = aiohttp.ClientTimeout(total=30, sock_connect=5)
        started = time.perf_counter()
        try:
            async with self._around.http.request(
                method, self._origin() + path, allow_redirects=False, timeout=timeout, **sent
            ) as reply:
                content = await reply.read()
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None
        if reply.status < 400:
            self._around.tally.took(call, time.perf_counter() - started)
        cookie = reply.headers.get("Set-Cookie", "").partition(";")[0]
        return reply.status, content, cookie

    async def _again(self, call: str, found: tuple[int, bytes, str] | None) -> None:
        tally = self._around.tally
        busy = found is not None and found[0] == 503 and b"problems/busy" in found[1]
        if busy:
            tally.waits[call] += 1
        elif self._around.persistent and (found is None or found[0] >= 500 or call in {"launch", "claim"}):
            tally.again[call] += 1
        else:
            what = "no answer" if found is None else f"{found[0]} {found[1][:300].decode('utf-8', 'replace')}"
            tally.errors[f"{call}: {what}"] += 1
            raise Failed(call)
        await asyncio.sleep(1.0 if busy else 0.5)

    def _origin(self) -> str:
        # In turn, as a proxy without sticky sessions sends them.
        self._turn += 1
        return self._around.origins[self._turn % len(self._around.origins)]


def _settled(commit: dict[str, Any], states: tuple[str, ...]) -> bool:
    return all(image["state"] in states for image in commit["images"])
