"""A clinician who keeps pressing the button: launches, adds, describes, files, and polls until it is done."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx2

from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from running import FOREARM, TESTING, Sandbox
from titles import line_of

PATIENTS = (
    TESTING,
    "6f85b5c92705044bd76ed8cf55887bdb",
    "f37b2c52227a69f7ecb3024f2a592efc",
    "f1714c66b6b8114fa00bb625c3a8af96",
)
_PATIENCE = 240.0
_POLL = 0.25


@dataclass
class Tally:
    """What clinicians went through."""

    filed: dict[str, str | None] = field(
        default_factory=dict
    )  # label → Medtech's id, as the gateway reports it
    unsettled: dict[str, str] = field(default_factory=dict)  # label → state it stayed in
    asked: list[str] = field(default_factory=list)  # labels of photos that may have arrived
    found_by_clinician: dict[str, str] = field(
        default_factory=dict
    )  # label → Medtech's id, as Evolution shows it
    presses_of_retry: int = 0
    requests_tried_again: int = 0


class Clinician:
    """One browser, behind a load balancer that knows every gateway."""

    def __init__(
        self,
        sandbox: Sandbox,
        origins: Sequence[str],
        public_url: str,
        random: Random,
        tally: Tally,
        patient: str,
    ) -> None:
        self._sandbox = sandbox
        self._patient = patient
        self._origins = origins
        self._random = random
        self._tally = tally
        self._client = httpx2.AsyncClient(headers={"Origin": public_url}, timeout=10, verify=NO_CERTIFICATES)

    async def visit(self, labels: Sequence[str], may_file: Callable[[int], Awaitable[None]]) -> None:
        """Take images with these labels (20 at most) for one patient, and file them, 10 to a request."""
        async with self._client:
            await self._launch()
            ids = {await self._image(label): label for label in labels}
            waiting = list(ids)
            commits = []
            while waiting:
                some, waiting = waiting[:10], waiting[10:]
                await may_file(len(some))
                commits.append(await self._file(some))
            for commit_id in commits:
                await self._until_settled(commit_id, ids)

    async def _launch(self) -> None:
        # A context works once, and the response may get lost: every attempt is a new click on Evolution's icon.
        async with asyncio.timeout(_PATIENCE):
            while True:
                url = await asyncio.to_thread(self._sandbox.launch_url, self._patient)
                query = url.partition("?")[2]
                reply = await self._once("GET", f"/launch?{query}", {})
                if reply is not None and reply.status_code == 303:
                    return
                await self._pause()

    async def _image(self, label: str) -> str:
        content = make_jpeg(width=320, height=240, seed=self._random.randrange(2**32), orientation=6)
        added = await self._ask("POST", "/api/images", content=content)
        await self._ask("PATCH", f"/api/images/{added['id']}", json={"bodySite": FOREARM, "label": label})
        return str(added["id"])

    async def _file(self, image_ids: list[str]) -> str:
        key = uuid.UUID(int=self._random.getrandbits(128)).hex
        body = {"imageIds": image_ids}
        return str(
            (await self._ask("POST", "/api/commits", json=body, headers={"Idempotency-Key": key}))["id"]
        )

    async def _until_settled(self, commit_id: str, labels: dict[str, str]) -> None:
        images: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    images = (await self._ask("GET", f"/api/commits/{commit_id}"))["images"]
                    states = {image["state"] for image in images}
                    if states == {"committed"}:
                        break
                    if "unverified" in states:
                        await self._answer(commit_id, images, labels)
                    if states <= {"committed", "unverified", "failed"}:
                        # Two 401 in a row end an attempt for good; the button is there for that.
                        self._tally.presses_of_retry += 1
                        await self._ask("POST", f"/api/commits/{commit_id}/retry", also=(409,))
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            pass  # the tally shows which images are missing
        for image in images:
            label = labels[image["imageId"]]
            if image["state"] == "committed":
                # What the clinician found has no id here.
                known = image["documentReferenceId"] or self._tally.found_by_clinician.get(label)
                self._tally.filed[label] = known
            else:
                reason = (image["error"] or {}).get("type", "")
                self._tally.unsettled[label] = f"{image['state']} {reason}".strip()

    async def _answer(self, commit_id: str, images: list[dict[str, Any]], labels: dict[str, str]) -> None:
        """Look in Evolution for each photo that may have arrived, as a clinician who is asked does, and say so."""
        written = await asyncio.to_thread(self._sandbox.resources)
        for image in images:
            if image["state"] == "unverified":
                label = labels[image["imageId"]]
                there = [each for each in written if line_of(each).rpartition(" – ")[2] == label]
                self._tally.asked.append(label)
                path = f"/api/commits/{commit_id}/images/{image['imageId']}/resolve"
                answer = {"answer": "in-inbox" if there else "send-again"}
                await self._ask("POST", path, also=(409,), json=answer)
                if there:
                    self._tally.found_by_clinician[label] = there[0]["id"]

    async def _ask(
        self, method: str, path: str, *, also: tuple[int, ...] = (), **more: Any
    ) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            while True:
                reply = await self._once(method, path, more)
                if reply is not None and reply.status_code < 500:
                    assert reply.status_code < 300 or reply.status_code in also, f"{method}: {reply.text}"
                    answer: dict[str, Any] = reply.json()
                    return answer
                await self._pause()

    async def _once(self, method: str, path: str, more: dict[str, Any]) -> httpx2.Response | None:
        try:
            return await self._client.request(method, self._random.choice(self._origins) + path, **more)
        except httpx2.TransportError:
            return None  # just killed, or just starting

    async def _pause(self) -> None:
        self._tally.requests_tried_again += 1
        await asyncio.sleep(0.1)
