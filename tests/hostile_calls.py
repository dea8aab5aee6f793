"""Attacks of one cookie, or of none, with complete calls: each is allowed, and it is their number that harms."""

import asyncio
import contextlib
import io
import itertools
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pyvips
from PIL import Image

from image_files import growing_tiff, make_jpeg
from slow_pdfs import slow_pdf

_AT_ONCE = 64


@dataclass
class Caller:
    """A program with a session's cookie, without one if `cookie` is empty, that never waits; `ready` begins the trial."""

    origin: str
    cookie: str
    image_id: str
    ready: Callable[[], None]
    http: aiohttp.ClientSession

    async def call(self, method: str, path: str, *, read: bool = True, **more: Any) -> tuple[int, bytes]:
        """Make one call; without `read` its answer is dropped as soon as it begins."""
        headers = {"Origin": self.origin, **more.pop("headers", {})}
        if self.cookie:
            headers["Cookie"] = self.cookie
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with self.http.request(
                method, f"{self.origin}{path}", headers=headers, allow_redirects=False, **more
            ) as reply:
                return reply.status, await reply.read() if read else b""
        return 0, b""

    async def json(self, method: str, path: str, **more: Any) -> Any:
        """Make one call and return its JSON."""
        while True:
            status, body = await self.call(method, path, **more)
            if status in {200, 201, 202}:
                return json.loads(body)
            await asyncio.sleep(1)

    async def loop(self, once: Callable[[], Awaitable[object]], *, at_once: int = _AT_ONCE) -> None:
        """Do it without end, so many at once."""

        async def again() -> None:
            while True:
                await once()

        self.ready()
        await asyncio.gather(*(again() for _ in range(at_once)))

    async def add(self, content: bytes, content_type: str) -> str:
        """Upload a file and return its image's id."""
        added = await self.json("POST", "/api/images", data=content, headers={"Content-Type": content_type})
        return str(added["id"])

    async def fill(self, count: int = 20) -> list[str]:
        """Describe so many photos; returns their ids."""
        ids = [self.image_id]
        while len(ids) < count:
            ids.append(await self.add(make_jpeg(width=1600, height=1200, seed=100 + len(ids)), "image/jpeg"))
        for each in ids:
            await self.call("PATCH", f"/api/images/{each}", json={"bodySite": {"code": "14975008"}})
        return ids


def noise(width: int, height: int, *, quality: int = 95) -> bytes:
    """Return a JPEG that nothing compresses."""
    held = io.BytesIO()
    Image.merge("RGB", [Image.effect_noise((width, height), 120) for _ in range(3)]).save(
        held, "JPEG", quality=quality
    )
    return held.getvalue()


async def large_readers(caller: Caller) -> None:
    """Ask for the largest photo on many connections and read nothing."""
    large = await caller.add(noise(4800, 3600, quality=97), "image/jpeg")
    await caller.loop(lambda: _unread(caller, f"/api/images/{large}/content?size=full"))


async def _unread(caller: Caller, path: str) -> None:
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with caller.http.get(f"{caller.origin}{path}", headers={"Cookie": caller.cookie}):
            await asyncio.sleep(60)


async def thumb_loop(caller: Caller) -> None:
    """Ask for the thumbnail of the largest photo without end."""
    large = await caller.add(noise(4800, 3600, quality=97), "image/jpeg")
    await caller.loop(lambda: caller.call("GET", f"/api/images/{large}/content?size=thumb"))


async def page_thumbs(caller: Caller) -> None:
    """Ask for the thumbnails of a document's slow pages without end."""
    document = await caller.add(slow_pdf(1, pages=20), "application/pdf")
    numbers = itertools.count()
    await caller.loop(
        lambda: caller.call("GET", f"/api/images/{document}/content?size=thumb&page={next(numbers) % 19 + 2}")
    )


async def swelling_files(caller: Caller) -> None:
    """Upload small files that are stored as large ones, remove them, and begin again."""
    files = [growing_tiff(9, quality=20 + each) for each in range(8)]
    numbers = itertools.count()

    async def once() -> None:
        number = next(numbers)
        status, body = await caller.call(
            "POST",
            "/api/images",
            data=files[number % 8] + number.to_bytes(4),
            headers={"Content-Type": "image/tiff"},
        )
        if status == 201:
            await caller.call("DELETE", f"/api/images/{body[7:39].decode()}")

    await caller.loop(once, at_once=8)


async def large_photos(caller: Caller) -> None:
    """Upload photos that take as much memory to decode as is allowed."""
    base = pyvips.Image.black(8_800, 6_600, bands=3).copy(interpretation="srgb")
    content = base.jpegsave_buffer(Q=50, interlace=True)
    numbers = itertools.count()
    await caller.loop(
        lambda: caller.call(
            "POST",
            "/api/images",
            data=content + next(numbers).to_bytes(4),
            headers={"Content-Type": "image/jpeg"},
        ),
        at_once=8,
    )


async def replayed_events(caller: Caller) -> None:
    """Let thousands of events come about, and have them sent again on every stream, without end."""
    ids = await caller.fill(20)
    for number in range(60):
        await caller.call(
            "PUT", "/api/images/order", json={"imageIds": ids[number % 20 :] + ids[: number % 20]}
        )
    await caller.loop(lambda: _some(caller, "/api/events", {"Last-Event-ID": "0"}), at_once=8)


async def _some(caller: Caller, path: str, headers: dict[str, str]) -> None:
    with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
        async with caller.http.get(
            f"{caller.origin}{path}", headers={"Cookie": caller.cookie, **headers}
        ) as reply:
            if reply.status != 200:
                await asyncio.sleep(0.1)
                return
            async with asyncio.timeout(3):
                while await reply.content.readany():
                    pass


async def reopened_streams(caller: Caller) -> None:
    """Open event streams and drop them at once, without end."""
    await caller.loop(lambda: caller.call("GET", "/api/events", read=False))


async def tab_tickets(caller: Caller) -> None:
    """Ask for a ticket for a tab and use it, without end."""

    async def once() -> None:
        _, body = await caller.call("POST", "/api/session/tab")
        ticket = body.decode(errors="replace").partition('"ticket":"')[2].partition('"')[0]
        await caller.call("POST", "/tab", data={"ticket": ticket})

    await caller.loop(once)


async def cut_offs(caller: Caller) -> None:
    """Cut off a phone that isn't there, without end."""
    await caller.loop(lambda: caller.call("DELETE", "/api/handoff"))


async def launch_pages(caller: Caller) -> None:
    """Open invented launches as a browser does, without a cookie and without end."""
    caller.cookie = ""
    await caller.loop(
        lambda: caller.call(
            "GET",
            f"/launch?context={secrets.token_hex(60)}&signature={secrets.token_hex(32)}",
            headers={"Sec-Fetch-Mode": "navigate"},
        )
    )


async def order_loop(caller: Caller) -> None:
    """Change the order of twenty photos without end."""
    ids = await caller.fill(20)
    numbers = itertools.count()

    async def once() -> None:
        at = next(numbers) % 20
        await caller.call("PUT", "/api/images/order", json={"imageIds": ids[at:] + ids[:at]})

    await caller.loop(once)


async def long_details(caller: Caller) -> None:
    """Send the longest details that are read, most of them refused, without end."""
    bodies = [
        b'{"notes": "' + b"\\u0101" * 2000 + b'", "label": "' + b"x" * 60 + b'"}',
        b'{"laterality": "' + b"l" * 60_000 + b'"}',
        b'{"bodySite": ' + b'{"a":' * 9000 + b"1" + b"}" * 9000 + b"}",
        b'{"bodySite": {"code": "' + b"1" * 60_000 + b'"}}',
        b'{"bodySite": {"text": "' + b"a " * 30_000 + b'"}}',
        b"[" * 60_000,
        b"{" + b",".join(b'"k%d": [1e308]' % each for each in range(4000)) + b"}",
    ]
    numbers = itertools.count()
    await caller.loop(
        lambda: caller.call(
            "PATCH",
            f"/api/images/{caller.image_id}",
            data=bodies[next(numbers) % len(bodies)],
            headers={"Content-Type": "application/json"},
        )
    )


async def commit_loop(caller: Caller) -> None:
    """File the same twenty photos again and again."""
    ids = await caller.fill(20)
    await caller.loop(
        lambda: caller.call(
            "POST", "/api/commits", json={"imageIds": ids}, headers={"Idempotency-Key": secrets.token_hex(8)}
        )
    )


async def referral_packs(caller: Caller) -> None:
    """Ask for packs of twenty photos and drop most of them."""
    ids = await caller.fill(20)
    commit = await caller.json(
        "POST", "/api/commits", json={"imageIds": ids}, headers={"Idempotency-Key": "first"}
    )
    # There is no event to wait for.
    while (await caller.json("GET", f"/api/commits/{commit['id']}"))["state"] != "committed":  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    path = f"/api/commits/{commit['id']}/referral"
    numbers = itertools.count()

    async def once() -> None:
        number = next(numbers)
        await caller.call("GET", f"{path}?limit={100 + number % 50}kB", read=number % 3 == 0)

    await caller.loop(once)


async def session_reads(caller: Caller) -> None:
    """Read everything that may be read without end."""
    paths = [
        "/api/session",
        "/api/images",
        "/api/sessions",
        "/api/tray",
        "/api/capabilities",
        "/api/handoff",
        f"/api/images/{caller.image_id}",
        f"/api/images/{caller.image_id}/fit",
        "/api/earlier-images",
    ]
    numbers = itertools.count()
    await caller.loop(lambda: caller.call("GET", paths[next(numbers) % len(paths)]), at_once=200)


async def invented_cookies(caller: Caller) -> None:
    """Call with another invented cookie each time."""

    async def once() -> None:
        caller.cookie = f"clinicpro_session={secrets.token_urlsafe(32)}"
        await caller.call("GET", "/api/session")

    await caller.loop(once, at_once=200)


async def stranger_pages(caller: Caller) -> None:
    """Ask for every page that anyone may read, without a cookie."""
    caller.cookie = ""
    paths = [
        "/problems",
        "/problems/busy",
        "/problems/%F0%9F%92%A9" + "a" * 8000,
        "/",
        "/phone",
        "/nowhere",
        "/.well-known/security.txt",
        "/api/images",
        "/metrics",
        "/practice",
        "/sign-in",
    ]
    methods = ["GET", "HEAD", "OPTIONS"]
    numbers = itertools.count()

    async def once() -> None:
        number = next(numbers)
        await caller.call(
            methods[number % 3], paths[number % len(paths)], headers={"Range": "bytes=0-0,1-1,2-2"}
        )

    await caller.loop(once, at_once=200)


async def idle_connections(caller: Caller) -> None:
    """Hold thousands of connections, each with one complete call behind it."""
    host = caller.origin.removeprefix("http://")
    address, _, port = host.partition(":")
    held = []
    for _ in range(4000):
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(address, int(port))
            writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
            held.append((reader, writer))
    caller.ready()
    while True:
        await asyncio.sleep(20)
        for _, writer in held:
            writer.write(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


async def nothing(caller: Caller) -> None:
    """Attack nobody: what is measured then is the machine."""
    caller.ready()
    await asyncio.Event().wait()


CALLS: dict[str, Callable[[Caller], Awaitable[None]]] = {
    "nothing": nothing,
    "large readers": large_readers,
    "thumb loop": thumb_loop,
    "page thumbs": page_thumbs,
    "swelling files": swelling_files,
    "large photos": large_photos,
    "replayed events": replayed_events,
    "reopened streams": reopened_streams,
    "tab tickets": tab_tickets,
    "cut-offs": cut_offs,
    "launch pages": launch_pages,
    "order loop": order_loop,
    "long details": long_details,
    "commit loop": commit_loop,
    "referral packs": referral_packs,
    "session reads": session_reads,
    "invented cookies": invented_cookies,
    "stranger pages": stranger_pages,
    "idle connections": idle_connections,
}


async def make_calls(origin: str, cookie: str, image_id: str, trial: str, ready: Callable[[], None]) -> None:
    """Run one of the `CALLS` until it is cancelled."""
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as http:
        await CALLS[trial](Caller(origin, cookie, image_id, ready, http))
