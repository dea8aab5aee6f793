"""Steps of a sign-in for tests: its configuration, and each request from the account to the patient."""

import html
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from clinicpro_images.audit.export import decrypted_row
from integration.audit.trails import read_rows
from loopback import NO_CERTIFICATES
from oidc import FakeProvider
from running import BrowserSession, Sandbox, running

GP = "9bf0832786e2293848942167532e0a91"
NURSE = "7def01802be7cbe97d4301a421f111f5"
PAGE = {"Accept": "text/html"}
FOUND = re.compile(r'name="found" value="([^"]+)"')


def environ(provider: FakeProvider, **more: str) -> dict[str, str]:
    return {
        "CLINICPRO_SIGN_IN_ISSUER": provider.issuer,
        "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
        "CLINICPRO_SIGN_IN_SUBJECTS": "user_gp1",
        "MEDTECH_FACILITY_ID": "F2N060-E",
    } | more


@dataclass
class Clock:
    """The gateway's clock, which can be moved forward."""

    now: Callable[[], float]
    ahead: float = 0.0

    def __call__(self) -> float:
        return self.now() + self.ahead


@asynccontextmanager
async def clocked(
    sandbox: Sandbox, folder: Path, provider: FakeProvider
) -> AsyncIterator[tuple[BrowserSession, Clock]]:
    clock = Clock(time.time)
    async with running(sandbox, folder, environ(provider), clock=clock) as browser:
        browser.client.headers.update(PAGE)
        yield browser, clock


async def to_provider(browser: BrowserSession) -> str:
    """Begin, and let the provider answer; returns the address that it redirects to."""
    begun = await browser.client.get("/sign-in")
    assert begun.status_code == 303, begun.text
    async with httpx2.AsyncClient(verify=NO_CERTIFICATES) as at_provider:
        answer = await at_provider.get(begun.headers["location"])
    assert answer.status_code == 302
    return answer.headers["location"]


async def sign_in(browser: BrowserSession) -> httpx2.Response:
    return await browser.client.get(await to_provider(browser))


async def search(browser: BrowserSession, nhi: str = "ZZZ0016", chosen: str = GP) -> httpx2.Response:
    return await browser.client.post("/sign-in/patient", data={"nhi": nhi, "provider": chosen})


async def confirm(browser: BrowserSession, found: httpx2.Response) -> httpx2.Response:
    [note] = FOUND.findall(found.text)
    return await browser.client.post("/sign-in/confirm", data={"found": html.unescape(note)})


def said(reply: httpx2.Response, status: int, title: str) -> None:
    assert reply.status_code == status, reply.text
    assert f"<h1>{title}</h1>" in reply.text or f"<b>{title}.</b>" in reply.text, reply.text
    assert "clinicpro_session" not in reply.headers.get("set-cookie", "")


def with_cookies_of(browser: BrowserSession) -> httpx2.AsyncClient:
    """Another browser, with a copy of this one's cookies."""
    thief = browser.other_browser()
    for name, value in browser.client.cookies.items():
        thief.cookies.set(name, value)
    return thief


async def trail(browser: BrowserSession) -> list[dict[str, Any]]:
    return [
        decrypted_row(row, browser.gateway.trail.key) for row in await read_rows(browser.gateway.database)
    ]
