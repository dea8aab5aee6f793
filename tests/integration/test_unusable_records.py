"""A record into which nothing can be filed, or that doesn't say whose it is, is opened by no way in."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from integration.sign_in.steps import FOUND, PAGE, confirm, environ, said, search, sign_in
from oidc import running_provider
from running import Sandbox, running
from sandbox_front import SandboxFront

pytestmark = pytest.mark.anyio

Changes = dict[str, Any]
UNUSABLE: list[tuple[Changes, str]] = [
    (
        {"link": [{"other": {"reference": "Patient/another"}, "type": "replaced-by"}]},
        "This record was merged into another one",
    ),
    ({"active": False}, "This record is not active"),
    ({"name": []}, "This record doesn't say whose it is"),
]


@asynccontextmanager
async def changing(sandbox: Sandbox) -> AsyncIterator[tuple[Sandbox, Changes]]:
    """A sandbox whose patients are as they are with these changes."""
    front, changes = SandboxFront(sandbox), Changes()

    async def one(request: web.Request) -> web.Response:
        return web.json_response(await _forwarded(front, request) | changes)

    async def several(request: web.Request) -> web.Response:
        found = await _forwarded(front, request)
        for entry in found.get("entry", []):
            entry["resource"] |= changes
        return web.json_response(found)

    async with front.serving({"/FHIR/Patient/{id}": one, "/FHIR/Patient": several}) as changed:
        yield changed, changes


async def _forwarded(front: SandboxFront, request: web.Request) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((await front.forward(request)).body)  # type: ignore[arg-type]
    return answer


@pytest.mark.parametrize(("change", "title"), UNUSABLE, ids=["merged", "inactive", "nameless"])
async def test_it_is_not_launched(sandbox: Sandbox, tmp_path: Path, change: Changes, title: str) -> None:
    async with changing(sandbox) as (changed, changes), running(changed, tmp_path) as browser:
        browser.sandbox = sandbox  # which starts launches, and waits for no server of this event loop
        changes.update(change)
        reply = await browser.launch()
        assert (reply.status_code, reply.json()["title"]) == (409, title)
        assert "set-cookie" not in reply.headers
        assert (await browser.client.get("/api/session")).status_code == 401


@pytest.mark.parametrize(("change", "title"), UNUSABLE[:2], ids=["merged", "inactive"])
async def test_it_is_neither_found_nor_confirmed_by_someone_who_signed_in(
    sandbox: Sandbox, tmp_path: Path, change: Changes, title: str
) -> None:
    async with (
        running_provider() as provider,
        changing(sandbox) as (changed, changes),
        running(changed, tmp_path, environ(provider)) as browser,
    ):
        browser.client.headers.update(PAGE)
        await sign_in(browser)
        found = await search(browser)
        changes.update(change)
        again = await search(browser)
        said(again, 409, title)
        assert not FOUND.search(again.text)
        # It was usable when it was found, and is no longer.
        said(await confirm(browser, found), 409, title)
        assert (await browser.client.get("/api/session")).status_code == 401
