"""Phones for tests: a browser that scanned a QR code, and sends the phone's header with each call as the phone page does."""

from dataclasses import dataclass
from typing import Any

import httpx2

from running import BrowserSession


@dataclass
class Phone:
    """A browser with a phone's cookie, and the response to its scan."""

    client: httpx2.AsyncClient
    data: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.data["id"])

    async def request(self, method: str, path: str, **options: Any) -> httpx2.Response:
        return await self.client.request(method, path, headers={"X-ClinicPro-Phone": self.id}, **options)

    async def get(self, path: str) -> httpx2.Response:
        return await self.request("GET", path)

    async def post(self, path: str, **options: Any) -> httpx2.Response:
        return await self.request("POST", path, **options)

    async def add(self, image: bytes) -> dict[str, Any]:
        reply = await self.post("/api/images", content=image)
        assert reply.status_code == 201, reply.text
        added: dict[str, Any] = reply.json()
        return added


async def new_qr(desktop: httpx2.AsyncClient) -> dict[str, Any]:
    """The response to the desktop's request for a QR code."""
    reply = await desktop.post("/api/handoff")
    assert reply.status_code == 200, reply.text
    qr: dict[str, Any] = reply.json()
    return qr


async def scan(client: httpx2.AsyncClient, qr: dict[str, Any]) -> Phone:
    """Open the QR code's address in a browser, as a phone does."""
    reply = await client.post("/api/handoff/claim", json={"token": qr["url"].partition("#")[2]})
    assert reply.status_code == 200, reply.text
    return Phone(client, reply.json())


async def phone_of(browser: BrowserSession, desktop: httpx2.AsyncClient | None = None) -> Phone:
    """Another browser, which has scanned a new QR code of the desktop."""
    qr = await new_qr(desktop or browser.client)
    return await scan(browser.other_browser(), qr)


async def slug(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, str(reply.json()["type"]).rpartition("/")[2]
