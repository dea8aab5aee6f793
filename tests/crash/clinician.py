"""A clinician who keeps pressing the button: launches, adds, describes, files, and polls until it is done."""

import asyncio
import time
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
# What a killed gateway had sent may take so long to arrive; nobody opens a patient again and looks faster.
_LAST_WRITES = 3.0


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
    added: dict[str, str] = field(default_factory=dict)  # id of each photo whose upload was answered → label
    offered: list[str] = field(default_factory=list)  # labels shown as not filed, although they are
    taken_again: list[str] = field(default_factory=list)  # labels of photos that a restore has lost
    restores: int = 0


class Restored(Exception):
    """A gateway does not know any more what it knew: an earlier state was restored since."""


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
        self._restores = tally.restores

    async def visit(self, labels: Sequence[str], may_file: Callable[[int], Awaitable[None]]) -> None:
        """Take images with these labels (20 at most) for one patient, and file them, 10 to a request."""
        async with self._client:
            try:
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
            except Restored:
                await self._go_on(labels)

    async def come_back(self) -> None:
        """Launch once more, when all is filed, and see whether anything is offered or asked."""
        async with self._client:
            await self._launch()
            await self._go_on([])

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
        self._tally.added[added["id"]] = label
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
                        for image in images:
                            if image["state"] == "unverified":
                                await self._answer(commit_id, image["imageId"], labels[image["imageId"]])
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

    async def _go_on(self, labels: Sequence[str]) -> None:
        """File these photos after a restore: believe the page, and look in Evolution for those it doesn't show."""
        self._restores = self._tally.restores
        async with asyncio.timeout(_PATIENCE):
            await self._open_again()
            began = time.monotonic()
            while True:
                images = (await self._ask("GET", "/api/images"))["images"]
                in_record = await asyncio.to_thread(self._in_record)
                did = await self._act_on(images, in_record)
                under_way = any(image["state"] in {"queued", "sending"} for image in images)
                if not under_way and not did and (not labels or time.monotonic() > began + _LAST_WRITES):
                    shown = {self._tally.added.get(image["id"]) for image in images}
                    gone = [label for label in labels if label not in shown and label not in in_record]
                    if not gone and await self._nothing_elsewhere():
                        break
                    for label in gone:
                        self._tally.taken_again.append(label)
                        await self._image(label)
                await asyncio.sleep(_POLL)
        known = {self._tally.added.get(image["id"]): image["documentReferenceId"] for image in images}
        for label in labels:
            # The gateway's id of it, or if it knows of none, what Evolution shows.
            self._tally.filed[label] = known.get(label) or in_record[label]

    async def _open_again(self) -> None:
        while (reply := await self._once("GET", "/api/session", {})) is None or reply.status_code >= 500:
            await self._pause()
        if reply.status_code == 401:
            await self._launch()

    async def _act_on(self, images: list[dict[str, Any]], in_record: dict[str, str]) -> bool:
        """Do what the page asks for; return whether there was anything to do."""
        staged, others = [], []
        for image in images:
            label = self._tally.added.get(image["id"])
            if image["state"] in {"staged", "failed"} and label in in_record:
                self._tally.offered.append(label)
            if image["state"] == "staged" and label is not None:
                # The restore may have forgotten what was entered.
                await self._ask(
                    "PATCH", f"/api/images/{image['id']}", json={"bodySite": FOREARM, "label": label}
                )
                staged.append(image["id"])
            elif image["state"] in {"failed", "unverified"}:
                others.append(image)
        for at in range(0, len(staged), 10):
            await self._file(staged[at : at + 10])
        for image in others:
            if image["state"] == "failed":
                self._tally.presses_of_retry += 1
                await self._ask("POST", f"/api/commits/{image['commitId']}/retry", also=(409,))
            else:
                await self._answer(image["commitId"], image["id"], self._tally.added.get(image["id"], ""))
        return bool(staged or others)

    async def _nothing_elsewhere(self) -> bool:
        """Whether no other session has anything of this patient; if one is done with it, a launch brings it here."""
        session = await self._ask("GET", "/api/session")
        elsewhere = [each for each in session["leftovers"] if each["samePatient"]]
        if elsewhere and not any(each["underWay"] for each in elsewhere):
            await self._launch()
        return not elsewhere

    def _in_record(self) -> dict[str, str]:
        """Medtech's id of each photo in the patient's inbox, by label."""
        return {line_of(each).rpartition(" – ")[2]: each["id"] for each in self._sandbox.resources()}

    async def _answer(self, commit_id: str, image_id: str, label: str) -> None:
        """Look in Evolution for a photo that may have arrived, as a clinician who is asked does, and say so."""
        in_record = await asyncio.to_thread(self._in_record)
        self._tally.asked.append(label)
        path = f"/api/commits/{commit_id}/images/{image_id}/resolve"
        answer = {"answer": "in-inbox" if label in in_record else "send-again"}
        await self._ask("POST", path, also=(409,), json=answer)
        if label in in_record:
            self._tally.found_by_clinician[label] = in_record[label]

    async def _ask(
        self, method: str, path: str, *, also: tuple[int, ...] = (), **more: Any
    ) -> dict[str, Any]:
        async with asyncio.timeout(_PATIENCE):
            while True:
                reply = await self._once(method, path, more)
                if reply is not None and reply.status_code < 500:
                    if reply.status_code >= 400 and self._restores < self._tally.restores:
                        raise Restored
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
