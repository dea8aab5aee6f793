"""What one session may take counts by session: its desktop and every phone that it connects have one share together."""

import asyncio
import json
from contextlib import AsyncExitStack
from urllib.parse import urlsplit

import httpx2
import pytest

from clinicpro_images.imaging.limits import MAX_BYTES
from clinicpro_images.web.session_budget import IN_FLIGHT
from image_files import make_jpeg
from phones import phone_of
from running import BrowserSession

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "94497821d8aa4ba5fbbbef7e68f1f66b"


async def open_stream(
    stack: AsyncExitStack, client: httpx2.AsyncClient, headers: dict[str, str] | None = None
) -> int:
    """Open an event stream that stays open as long as the stack."""
    stream = client.stream("GET", "/api/events", headers=headers)
    return (await stack.enter_async_context(stream)).status_code


async def test_a_session_gains_no_streams_by_connecting_phones(browser: BrowserSession) -> None:
    await browser.launch()
    other = browser.other_browser()
    await other.get(f"/launch?{browser.sandbox.launch_url(OTHER_PATIENT).partition('?')[2]}")
    phone = await phone_of(browser)
    named = {"X-ClinicPro-Phone": phone.id}
    async with AsyncExitStack() as stack:
        opened = [await open_stream(stack, browser.client) for _ in range(IN_FLIGHT["stream"] - 1)]
        opened.append(await open_stream(stack, phone.client, named))
        assert opened == [200] * IN_FLIGHT["stream"]
        assert await open_stream(stack, phone.client, named) == 429
        # Naming a phone that it isn't, or none, makes no difference.
        assert await open_stream(stack, phone.client) == 429
        assert await open_stream(stack, browser.client) == 429
        assert await open_stream(stack, other) == 200


async def test_a_phone_that_is_named_by_an_empty_word_is_not_named(browser: BrowserSession) -> None:
    await browser.launch()
    for headers, path in (({}, "/api/images?phone="), ({"X-ClinicPro-Phone": ""}, "/api/images")):
        assert (await browser.client.get(path, headers=headers)).status_code == 200


class SlowUpload:
    """An upload that announces a length and brings two bytes of it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def begun(cls, browser: BrowserSession, client: httpx2.AsyncClient, announced: int) -> "SlowUpload":
        """One that the gateway has begun to read."""
        address = urlsplit(browser.origin)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        head = (
            f"POST /api/images HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {browser.origin}\r\nCookie: {cookie}\r\n"
            f"Expect: 100-continue\r\nContent-Type: image/jpeg\r\nContent-Length: {announced}\r\n\r\n"
        )
        writer.write(head.encode())
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(b"\xff\xd8")
        return cls(reader, writer)

    async def answer(self) -> tuple[int, str]:
        """What it is told, without having brought more."""
        async with asyncio.timeout(15):  # a silent one is given up after 30 s
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            problem = json.loads(await self.reader.readexactly(length))
        return problem["status"], problem["type"].rpartition("/")[2]


async def test_promises_of_one_sessions_phones_leave_another_session_its_memory(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    other = browser.other_browser()
    await other.get(f"/launch?{browser.sandbox.launch_url(OTHER_PATIENT).partition('?')[2]}")
    begun = []
    for sizes in [*[(MAX_BYTES, MAX_BYTES)] * 5, (6_000_000, 280_000)]:
        phone = await phone_of(browser)
        begun += [await SlowUpload.begun(browser, phone.client, size) for size in sizes]
    photo = make_jpeg(seed=1) + bytes(200_000)
    added = await other.post("/api/images", content=photo, headers={"Content-Type": "image/jpeg"})
    assert added.status_code == 201
    # Those of the phones that newer ones replaced have ended.
    assert [await each.answer() for each in begun[:10]] == [(401, "phone-cut-off")] * 10
    for each in begun:
        each.writer.close()


async def test_an_upload_under_way_ends_with_its_phone_and_with_its_session(browser: BrowserSession) -> None:
    await browser.launch()
    phone = await phone_of(browser)
    uploads = [await SlowUpload.begun(browser, phone.client, 9) for _ in range(2)]
    ours = await SlowUpload.begun(browser, browser.client, 9)
    await browser.client.delete("/api/handoff")
    assert [await each.answer() for each in uploads] == [(401, "phone-cut-off")] * 2
    ours.writer.write(make_jpeg(seed=1)[:1])  # the desktop's goes on
    await browser.client.delete("/api/session")
    assert await ours.answer() == (401, "no-session")
    for each in (*uploads, ours):
        each.writer.close()
