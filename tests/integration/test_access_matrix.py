"""Who may call what: every call of the OpenAPI description, by every kind of caller, in one table."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from image_files import make_jpeg
from phones import Phone, new_qr, scan
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "6f85b5c92705044bd76ed8cf55887bdb"
COLUMNS = ("none", "desktop", "phone", "phone, desktop's picture", "other patient's desktop", "admin")

# The status of each call for each of COLUMNS. A phone acts on its own image, and then on one of the desktop's;
# every other caller acts on the desktop's. "other patient's desktop" and "admin" name ids of this session.
# fmt: off
TABLE: dict[str, tuple[int, int, int, int, int, int]] = {
    "GET /healthz":                                     (200, 200, 200, 200, 200, 200),
    "GET /problems":                                    (200, 200, 200, 200, 200, 200),
    "GET /problems/{slug}":                             (200, 200, 200, 200, 200, 200),
    "GET /readyz":                                      (401, 401, 401, 401, 401, 200),
    "GET /metrics":                                     (401, 401, 401, 401, 401, 200),
    "GET /launch":                                      (400, 400, 400, 400, 400, 400),
    "POST /launch":                                     (400, 400, 400, 400, 400, 400),
    "GET /api/examples/{name}":                         (404, 404, 404, 404, 404, 404),
    "GET /api/session":                                 (401, 200, 403, 403, 200, 401),
    "GET /api/capabilities":                            (401, 200, 200, 200, 200, 401),
    "GET /api/images":                                  (401, 200, 200, 200, 200, 401),
    "GET /api/images/{image_id}":                       (401, 200, 200, 404, 404, 401),
    "GET /api/images/{image_id}/content":               (401, 200, 200, 404, 404, 401),
    "GET /api/images/{image_id}/fit":                   (401, 200, 403, 403, 404, 401),
    "GET /api/images/{image_id}/referral":              (401, 200, 403, 403, 404, 401),
    "GET /api/earlier-images":                          (401, 200, 200, 200, 200, 401),
    "GET /api/earlier-images/{earlier_id}/content":     (401, 404, 404, 404, 404, 401),
    "GET /api/earlier-images/{earlier_id}/alignment/{image_id}": (401, 404, 403, 403, 404, 401),
    "GET /api/earlier-images/chosen":                   (401, 200, 200, 200, 200, 401),
    "PUT /api/earlier-images/chosen":                   (401, 204, 403, 403, 204, 401),
    "PATCH /api/images/{image_id}":                     (401, 200, 200, 404, 404, 401),
    "POST /api/images":                                 (401, 201, 201, 201, 201, 401),
    "PUT /api/images/order":                            (401, 200, 403, 403, 200, 401),
    "POST /api/images/{image_id}/edits":                (401, 201, 403, 403, 404, 401),
    "POST /api/images/{image_id}/original":             (401, 200, 200, 404, 404, 401),
    "POST /api/images/{image_id}/release":              (401, 200, 200, 404, 404, 401),
    "GET /api/events":                                  (401, 200, 200, 200, 200, 401),
    "POST /api/commits":                                (401, 202, 403, 403, 404, 401),
    "GET /api/commits/{commit_id}":                     (401, 200, 403, 403, 404, 401),
    "GET /api/commits/{commit_id}/referral":            (401, 200, 403, 403, 404, 401),
    "GET /api/commits/{commit_id}/referral/files":      (401, 200, 403, 403, 404, 401),
    "GET /api/commits/{commit_id}/referral/files/{image_id}": (401, 200, 403, 403, 404, 401),
    "POST /api/commits/{commit_id}/retry":              (401, 409, 403, 403, 404, 401),
    "POST /api/commits/{commit_id}/images/{image_id}/resolve": (401, 409, 403, 403, 404, 401),
    "POST /api/commits/{commit_id}/steps/{step}/resolve":      (401, 409, 403, 403, 404, 401),
    "GET /api/tray":                                    (401, 200, 403, 403, 200, 401),
    "GET /api/sessions":                                (401, 200, 403, 403, 200, 401),
    "GET /sessions":                                    (401, 200, 403, 403, 200, 401),
    "DELETE /api/sessions/{session_id}":                (401, 404, 403, 403, 404, 401),
    "POST /api/session/leftovers/resume":               (401, 200, 403, 403, 200, 401),
    "POST /api/session/tab":                            (401, 200, 403, 403, 200, 401),
    "POST /tab":                                        (410, 410, 410, 410, 410, 410),
    # Sign-in is not configured here; sign_in/ tests who may do what if it is.
    "GET /sign-in":                                     (404, 404, 404, 404, 404, 404),
    "GET /sign-in/return":                              (404, 404, 404, 404, 404, 404),
    "GET /sign-in/patient":                             (404, 404, 404, 404, 404, 404),
    "POST /sign-in/patient":                            (404, 404, 404, 404, 404, 404),
    "GET /sign-in/found":                               (404, 404, 404, 404, 404, 404),
    "POST /sign-in/confirm":                            (404, 404, 404, 404, 404, 404),
    "POST /sign-in/today":                              (404, 404, 404, 404, 404, 404),
    "POST /sign-in/keep":                               (404, 404, 404, 404, 404, 404),
    "POST /sign-in/end-everywhere":                     (404, 404, 404, 404, 404, 404),
    "POST /sign-in/end":                                (404, 404, 404, 404, 404, 404),
    "GET /sign-in/practice":                             (404, 404, 404, 404, 404, 404),
    "GET /practice":                                    (401, 401, 401, 401, 401, 200),
    "GET /api/practice/summary":                        (401, 401, 401, 401, 401, 200),
    "GET /api/practice/{name}.csv":                     (401, 401, 401, 401, 401, 422),
    "DELETE /api/practice/sessions/{session_id}":       (401, 401, 401, 401, 401, 404),
    "DELETE /api/practice/sessions/{session_id}/phone": (401, 401, 401, 401, 401, 404),
    "GET /api/medtech/token-info":                      (401, 401, 401, 401, 401, 200),
    "GET /api/medtech/test":                            (401, 401, 401, 401, 401, 200),
    "POST /api/medtech/test":                           (401, 401, 401, 401, 401, 200),
    "GET /api/phone":                                   (401, 401, 200, 200, 401, 401),
    "GET /api/phone/own":                               (401, 200, 403, 403, 200, 401),
    "PUT /api/phone/waiting":                           (401, 401, 204, 204, 401, 401),
    "GET /api/handoff":                                 (401, 200, 403, 403, 200, 401),
    "POST /api/handoff/claim":                          (404, 404, 404, 404, 404, 404),
    # Calls that end something come last.
    "DELETE /api/images/{image_id}":                    (401, 204, 204, 404, 404, 401),
    "POST /api/handoff":                                (401, 200, 403, 403, 200, 401),
    "DELETE /api/handoff":                              (401, 204, 403, 403, 204, 401),
    "DELETE /api/session":                              (401, 204, 403, 403, 204, 401),
}
# fmt: on
BODIES: dict[str, Any] = {
    "PATCH /api/images/{image_id}": {"label": "Freckle"},
    "PUT /api/images/order": {"imageIds": []},
    "PUT /api/earlier-images/chosen": {"chosen": None},
    "POST /launch": {"context": "", "signature": ""},
    "POST /api/handoff/claim": {"token": "0" * 28},
    "POST /api/medtech/test": {"nhi": "ZZZ0016"},
    "PUT /api/phone/waiting": {"waiting": 0},
    "POST /api/commits/{commit_id}/images/{image_id}/resolve": {"answer": "in-inbox"},
    "POST /api/commits/{commit_id}/steps/{step}/resolve": {"answer": "in-inbox"},
}


@dataclass
class World:
    """One patient's desktop and phone, another patient's desktop, an operator, and an anonymous caller."""

    browser: BrowserSession
    desktop: httpx2.AsyncClient
    nobody: httpx2.AsyncClient
    other: httpx2.AsyncClient
    admin: httpx2.AsyncClient
    phone: Phone
    commit: str
    filed: str
    seed: int = 100

    def image(self) -> bytes:
        self.seed += 1
        return make_jpeg(seed=self.seed)

    async def added(self, by: httpx2.AsyncClient | Phone) -> str:
        """The id of a new image, described."""
        reply = await by.request("POST", "/api/images", content=self.image())
        assert reply.status_code == 201, reply.text
        image_id: str = reply.json()["id"]
        await by.request("PATCH", f"/api/images/{image_id}", json={"bodySite": {"code": "14975008"}})
        return image_id

    async def add_staged(self) -> None:
        for image in (await self.desktop.get("/api/images")).json().get("images", []):
            if image["state"] == "staged":
                await self.desktop.delete(f"/api/images/{image['id']}")


@pytest.fixture
async def world(sandbox: Sandbox, tmp_path: Path) -> AsyncIterator[World]:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        filed = await browser.add(make_jpeg(seed=1))
        await browser.describe(filed["id"])
        commit = await browser.file(filed["id"])
        other, admin = browser.other_browser(), browser.other_browser()
        url = browser.sandbox.launch_url(OTHER_PATIENT).partition("?")[2]
        assert (await other.get(f"/launch?{url}")).status_code == 303
        admin.headers["Authorization"] = f"Bearer {browser.gateway.settings.admin_token}"
        phone = await scan(browser.other_browser(), await new_qr(browser.client))
        yield World(
            browser, browser.client, browser.other_browser(), other, admin, phone, commit["id"], filed["id"]
        )


async def status_of(world: World, call: str, caller: str) -> int:
    method, _, path = call.partition(" ")
    callers: dict[str, httpx2.AsyncClient | Phone] = {
        "none": world.nobody, "desktop": world.desktop, "phone": world.phone,
        "phone, desktop's picture": world.phone, "other patient's desktop": world.other,
        "admin": world.admin,
    }  # fmt: skip
    if path == "/api/events":
        return await stream_status(world, caller)
    image = ""
    if "{image_id}" in path or call == "POST /api/commits":
        await world.add_staged()
        image = await world.added(world.phone if caller == "phone" else world.desktop)
    if "{commit_id}" in path:
        image = world.filed
    url = path.format(
        image_id=image,
        commit_id=world.commit,
        step="inbox",
        name="mole",
        earlier_id="0",
        session_id="0",
        slug="busy",
    )
    asked: dict[str, Any] = {"json": BODIES[call]} if call in BODIES else {}
    if method == "POST" and path.startswith("/api/images"):
        asked = {"content": world.image()}
    if call == "POST /api/commits":
        asked = {"json": {"imageIds": [image]}}
        if caller not in ("phone", "phone, desktop's picture"):
            asked["headers"] = {"Idempotency-Key": f"key of {caller}"}
    return (await callers[caller].request(method, url, **asked)).status_code


async def stream_status(world: World, caller: str) -> int:
    clients = {
        "none": world.nobody, "desktop": world.desktop, "other patient's desktop": world.other, "admin": world.admin,
    }  # fmt: skip
    headers = {} if caller in clients else {"X-ClinicPro-Phone": world.phone.id}
    client = clients.get(caller, world.phone.client)
    async with client.stream("GET", "/api/events", headers=headers) as stream:
        await anext(stream.aiter_lines())
        return stream.status_code


async def test_every_call_answers_every_caller_as_the_table_says(world: World) -> None:
    described = (await world.admin.get("/openapi.json")).json()["paths"]
    exist = {f"{method.upper()} {path}" for path, calls in described.items() for method in calls}
    assert exist == set(TABLE), "a call without a row, or a row without a call"

    wrong = []
    for call, expected in TABLE.items():
        # Callers that are let in come last: what they delete must not decide the status of the others.
        order = sorted(zip(COLUMNS, expected, strict=True), key=lambda each: each[1] < 300)
        for caller, status in order:
            found = await status_of(world, call, caller)
            if found != status:
                wrong.append(f"{call} by {caller}: {found}, not {status}")
    assert wrong == []
