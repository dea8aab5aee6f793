"""Limits of a running gateway: how often, how much, how slowly; and cookies that can't be planted."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from clinicpro_images.web.http_protocol import FREE_CHUNKS, HEAD_BYTES, HEAD_LINES
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio


async def connect(browser: BrowserSession) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", int(browser.origin.rpartition(":")[2]))


async def everything(reader: asyncio.StreamReader) -> bytes:
    """Everything that arrives until the connection ends, however it ends."""
    async with asyncio.timeout(10):
        try:
            return await reader.read()
        except ConnectionError:
            return b""


async def test_a_request_head_that_arrives_too_slowly_closes_the_connection(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, head_seconds=0.5) as browser:
        for began in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "):
            reader, writer = await connect(browser)
            writer.write(began)
            assert await everything(reader) == b""
            writer.close()
        # The same holds for the next request on a connection.
        reader, writer = await connect(browser)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HT")
        assert (await everything(reader)).count(b"HTTP/1.1 200") == 1
        writer.close()


async def test_the_unread_rest_of_a_body_is_not_awaited_for_ever(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, unread_seconds=0.2) as browser:
        head = b"POST /api/images HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 9\r\n\r\n"
        reader, writer = await connect(browser)
        writer.write(head + b"begun")
        assert (await everything(reader)).startswith(b"HTTP/1.1 401")
        writer.close()
        # A body that does end leaves its connection open for the next request.
        reader, writer = await connect(browser)
        writer.write(head + b"completed")
        assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 401")
        await asyncio.sleep(0.4)
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 200" in await everything(reader)
        writer.close()


async def test_an_endless_request_head_closes_the_connection(browser: BrowserSession) -> None:
    reader, writer = await connect(browser)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
    sent = 0
    while not reader.at_eof() and not writer.is_closing() and sent < 400 * HEAD_BYTES:
        writer.write(b"a" * HEAD_BYTES)
        sent += HEAD_BYTES
        await asyncio.sleep(0)
        try:
            await writer.drain()
        except ConnectionError:
            break
    # It is told why, unless the bytes that it still sends make the system throw the answer away.
    answer = await everything(reader)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert sent < 400 * HEAD_BYTES
    writer.close()
    assert (await browser.client.get("/healthz")).status_code == 200


CHUNKED = b"Host: x\r\nSec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "request_in_pieces",
    [
        b"POST /api/handoff/claim HTTP/1.1\r\n" + CHUNKED + b"1\r\n[\r\n" * (FREE_CHUNKS + 1),
        b"POST /api/handoff/claim HTTP/1.1\r\n"
        + CHUNKED
        + b"2\r\n[]\r\n0\r\n"
        + b"a:\r\n" * (HEAD_LINES + 1),
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"a:\r\n" * (HEAD_LINES + 1),
    ],
    ids=["chunks", "trailers", "headers"],
)
async def test_a_request_that_never_ends_in_tiny_pieces_is_refused(
    browser: BrowserSession, request_in_pieces: bytes
) -> None:
    reader, writer = await connect(browser)
    writer.write(request_in_pieces)
    assert (await everything(reader)).startswith(b"HTTP/1.1 400 ")
    writer.close()
    assert (await browser.client.get("/healthz")).status_code == 200


async def test_of_a_chunked_body_nothing_is_parsed_once_it_is_refused(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    # For a body with a length the rest would be awaited longer than this test.
    async with running(sandbox, tmp_path) as browser:
        reader, writer = await connect(browser)
        writer.write(b"POST /api/images HTTP/1.1\r\n" + CHUNKED + b"4\r\nbody\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 401")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        assert b"no-session" in await reader.readexactly(length)
        writer.write(b"400\r\n" + bytes(1024) + b"\r\n")
        assert await everything(reader) == b""
        writer.close()


async def test_a_chunked_body_in_ordinary_pieces_is_taken(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    photo += bytes(512 * (FREE_CHUNKS + 200))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(photo), 512):
            yield photo[start : start + 512]

    reply = await browser.client.post("/api/images", content=pieces(), headers={"Content-Type": "image/jpeg"})
    assert reply.status_code == 201
    # Few chunks may be as small as they like.
    parts = (each.encode() for each in '{"token": "xxxxxxxxxxxxxxxxxxxxxxx"}')

    async def letters() -> AsyncIterator[bytes]:
        for each in parts:
            yield each

    refused = await browser.client.post(
        "/api/handoff/claim", content=letters(), headers={"Content-Type": "application/json"}
    )
    assert refused.status_code == 404


async def test_answers_are_not_asked_for_by_the_hundred_at_once(browser: BrowserSession) -> None:
    reader, writer = await connect(browser)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 400)
    assert (await everything(reader)).count(b"HTTP/1.1 200") < 100
    writer.close()
    assert (await browser.client.get("/healthz")).status_code == 200


async def test_an_idle_event_stream_is_kept_open(sandbox: Sandbox, tmp_path: Path, photo: bytes) -> None:
    async with running(sandbox, tmp_path, head_seconds=1.0) as browser:
        await browser.launch()
        async with browser.client.stream("GET", "/api/events") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await asyncio.sleep(1.5)  # longer than a request head may take
            await browser.add(photo)
            async for line in lines:
                if line == "event: image.added":
                    break


async def test_guessing_tickets_is_limited_with_a_retry_time(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_CLAIMS_PER_MINUTE": "3"}) as browser:
        replies = [
            await browser.client.post("/api/handoff/claim", json={"token": "x" * 22}) for _ in range(4)
        ]
        assert replies[-1].status_code == 429
        assert replies[-1].headers["content-type"] == "application/problem+json"
        assert 1 <= int(replies[-1].headers["retry-after"]) <= 20
        assert 429 not in {reply.status_code for reply in replies[:3]}


@pytest.mark.parametrize(
    ("setting", "method", "path"),
    [
        ("CLINICPRO_LAUNCHES_PER_MINUTE", "GET", "/launch?context=a&signature=b"),
        ("CLINICPRO_ADMIN_PER_MINUTE", "GET", "/api/medtech/token-info"),
        ("CLINICPRO_UPLOADS_PER_MINUTE", "POST", "/api/images"),
    ],
)
async def test_launches_uploads_and_admin_calls_are_limited(
    sandbox: Sandbox, tmp_path: Path, setting: str, method: str, path: str
) -> None:
    async with running(sandbox, tmp_path, {setting: "2"}) as browser:
        statuses = [(await browser.client.request(method, path)).status_code for _ in range(3)]
        assert statuses[-1] == 429
        assert 429 not in statuses[:2]
        # Without a trusted proxy, naming another address does not help.
        forged = await browser.client.request(method, path, headers={"X-Forwarded-For": "198.51.100.9"})
        assert forged.status_code == 429


async def test_behind_a_trusted_proxy_each_caller_has_a_limit_of_its_own(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    environ = {"CLINICPRO_LAUNCHES_PER_MINUTE": "1", "CLINICPRO_TRUSTED_PROXIES": "127.0.0.1"}
    async with running(sandbox, tmp_path, environ) as browser:

        async def launch(address: str) -> int:
            url = "/launch?context=a&signature=b"
            return (await browser.client.get(url, headers={"X-Forwarded-For": address})).status_code

        assert await launch("198.51.100.1") == await launch("198.51.100.2") != 429
        assert await launch("198.51.100.1") == 429


async def test_a_launch_makes_a_new_token_whatever_cookie_the_browser_brought(
    browser: BrowserSession,
) -> None:
    planted = "planted-by-somebody-else"
    headers = {"Cookie": f"clinicpro_session={planted}"}
    url = browser.sandbox.launch_url().partition("?")[2]
    first = (await browser.other_browser().get(f"/launch?{url}", headers=headers)).headers["set-cookie"]
    second = (await browser.launch()).headers["set-cookie"]
    tokens = {each.partition(";")[0].partition("=")[2] for each in (first, second)}
    assert len({planted, *tokens}) == 3
    assert "HttpOnly" in first

    other = browser.other_browser()
    other.cookies.set("clinicpro_session", planted)
    assert (await other.get("/api/session")).status_code == 401


async def test_an_ended_sessions_cookie_opens_nothing(browser: BrowserSession) -> None:
    await browser.launch()
    token = browser.client.cookies["clinicpro_session"]
    await browser.client.delete("/api/session")
    thief = browser.other_browser()
    thief.cookies.set("clinicpro_session", token)
    assert (await thief.get("/api/session")).status_code == 401


NOWHERE = "0" * 32


async def asked_until_refused(
    client: httpx2.AsyncClient, method: str, path: str, **more: Any
) -> tuple[int, httpx2.Response]:
    """How often it could be asked before it was refused as too often, and that refusal."""
    for times in range(3000):
        reply = await client.request(method, path, **more)
        if reply.status_code == 429:
            return times, reply
    raise AssertionError(f"{method} {path} is never refused")


@pytest.mark.parametrize(
    ("method", "path", "body", "at_least"),
    [
        # Twenty photos, described at once in seven ways, and once more.
        ("PATCH", f"/api/images/{NOWHERE}", {"label": "x"}, 240),
        ("DELETE", f"/api/images/{NOWHERE}", None, 240),
        ("GET", f"/api/images/{NOWHERE}/content?size=view", None, 600),
        ("GET", f"/api/commits/{NOWHERE}/referral", None, 30),
        ("GET", f"/api/commits/{NOWHERE}/referral/files", None, 30),
        ("POST", "/api/handoff", {}, 20),
    ],
    ids=["details", "removal", "view", "pack", "list of a pack", "hand-off"],
)
async def test_what_is_recorded_for_ever_is_limited_for_each_session(
    browser: BrowserSession, method: str, path: str, body: object, at_least: int
) -> None:
    await browser.launch()
    more: dict[str, Any] = {} if body is None else {"json": body}
    times, refused = await asked_until_refused(browser.client, method, path, **more)
    assert times >= at_least
    problem = refused.json()
    assert problem["type"].rpartition("/")[2] == "too-many-requests"
    seconds = int(refused.headers["retry-after"])
    assert f"Nothing was lost; try again in {seconds} second" in problem["detail"]
    assert "One session may" in problem["integrator"]
    # The session goes on, and so does a colleague behind the same address.
    assert (await browser.client.get("/api/images")).status_code == 200
    colleague = browser.other_browser()
    await colleague.get(f"/launch?{browser.sandbox.launch_url().partition('?')[2]}")
    assert (await colleague.request(method, path, **more)).status_code in {200, 404}


async def test_thumbnails_are_never_refused_as_too_many_views(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    image_id = (await browser.add(photo))["id"]
    await asked_until_refused(browser.client, "GET", f"/api/images/{NOWHERE}/content?size=view")
    thumb = await browser.client.get(f"/api/images/{image_id}/content?size=thumb")
    assert thumb.status_code == 200
