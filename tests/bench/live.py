"""`scripts/bench live`: how soon a desktop learns of a phone's image, and what idle event streams cost.

One gateway process (`clinicpro serve`) on loopback. Latency: sessions are open, each with its desktop's stream and a phone; phones
upload in turn, and the clock runs from the last byte of the upload handed to the system until `image.added` has arrived on the
desktop. Beside it, in the same run, desktops that poll the list every four seconds, as the page does if events don't get
through. Idle streams: memory of the gateway process without streams, and with all of them open for a heartbeat.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import uvloop
from rich.console import Console
from rich.table import Table

from bench.process import cpu_seconds, resident_megabytes
from image_files import make_jpeg
from load.stage import Stage, running_stage
from running import TESTING

_OTHERS = "6f85b5c92705044bd76ed8cf55887bdb"
_POLL_SECONDS = 4.0  # widget/src/api/events.ts
_MOST_IMAGES = 19  # a session takes 20
_HEARTBEAT_SECONDS = 16.0
_TARGET_MS, _TARGET_MB = 150.0, 100.0
_UNLIMITED = {f"CLINICPRO_{kind}_PER_MINUTE": "0" for kind in ("LAUNCHES", "CLAIMS", "UPLOADS")}


@dataclass
class OpenSession:
    """One open session: its desktop's cookie, its phone's, and when each image was known to the desktop."""

    desktop: str
    phone: str
    known_at: dict[str, float] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    images: int = 0


def main() -> None:
    """Run, print, and exit 1 if a target is missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench live", description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--uploads", type=int, default=200)
    parser.add_argument("--at-once", type=int, default=1, help="uploads under way at the same time")
    parser.add_argument("--streams", type=int, default=500, help="idle event streams")
    parser.add_argument(
        "--gateways", type=int, default=1, help="2: uploads at one, streams at the other; needs --postgres"
    )
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    found = uvloop.run(_run(options))
    _print(found)
    sys.exit(0 if found["p95"] < _TARGET_MS and found["streamsMegabytes"] < _TARGET_MB else 1)


async def _run(options: Any) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="clinicpro-live-") as folder:
        async with running_stage(
            Path(folder),
            gateways=options.gateways,
            postgres=options.postgres,
            store=options.gateways > 1,
            environ=_UNLIMITED,
        ) as stage:
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(
                connector=connector, cookie_jar=aiohttp.DummyCookieJar()
            ) as http:
                sessions = [await _open(stage, http, number) for number in range(options.sessions)]
                pushed = await _latency(stage, http, sessions, options, polled=False)
                polled = await _latency(stage, http, sessions, options, polled=True)
                idle = await _idle(stage, http, sessions, options.streams)
    return {
        "sessions": options.sessions,
        "streams": options.streams,
        "gateways": options.gateways,
        "postgres": options.postgres,
        "uploads": len(pushed),
        **_figures([desktop for desktop, _ in pushed], ""),
        **_figures([phone for _, phone in pushed], "answered"),
        **_figures([desktop for desktop, _ in polled], "polled"),
        **idle,
    }


def _figures(seconds: list[float], name: str) -> dict[str, float]:
    ordered = sorted(each * 1000 for each in seconds)
    keys = ("p50", "p95", "longest") if not name else (f"{name}P50", f"{name}P95", f"{name}Longest")
    values = (median(ordered), ordered[int(0.95 * (len(ordered) - 1))], ordered[-1])
    return {key: round(value, 1) for key, value in zip(keys, values, strict=True)}


async def _open(stage: Stage, http: aiohttp.ClientSession, number: int) -> OpenSession:
    """Launch, and connect a phone."""
    origin, own = stage.origins[number % len(stage.origins)], {"Origin": stage.public_url}
    patient = (TESTING, _OTHERS)[number % 2]
    async with http.post(f"{stage.sandbox.origin}/sandbox/launches", json={"patient": patient}) as reply:
        query = (await reply.json())["url"].partition("?")[2]
    async with http.get(f"{origin}/launch?{query}", allow_redirects=False) as reply:
        desktop = _cookie(reply)
    async with http.post(f"{origin}/api/handoff", headers=own | {"Cookie": desktop}) as reply:
        ticket = (await reply.json())["url"].partition("#")[2]
    async with http.post(f"{origin}/api/handoff/claim", json={"token": ticket}, headers=own) as reply:
        return OpenSession(desktop, _cookie(reply))


def _cookie(reply: aiohttp.ClientResponse) -> str:
    reply.raise_for_status()
    return reply.headers["Set-Cookie"].partition(";")[0]


async def _latency(
    stage: Stage, http: aiohttp.ClientSession, sessions: list[OpenSession], options: Any, *, polled: bool
) -> list[tuple[float, float]]:
    """Upload from phones in turn; return the seconds from the last byte sent until the desktop knew, and until the phone did."""
    listening = [
        asyncio.create_task((_poll if polled else _stream)(stage, http, session)) for session in sessions
    ]
    took: list[tuple[float, float]] = []
    uploads = options.uploads if not polled else min(options.uploads, 2 * options.sessions)
    free = [
        session
        for session in sessions
        for _ in range((_MOST_IMAGES - session.images) // (1 if polled else 2))
    ]
    random.Random(1).shuffle(free)  # noqa: S311 - an order, no secret
    gate = asyncio.Semaphore(options.at_once if not polled else 8)

    async def one(number: int, session: OpenSession) -> None:
        async with gate:
            session.images += 1
            image = make_jpeg(width=1600, height=1200, seed=number + (100_000 if polled else 0))
            image_id, sent, answered = await _upload(stage, image, session)
            while image_id not in session.known_at:
                session.changed.clear()
                await session.changed.wait()
            took.append((session.known_at[image_id] - sent, answered))

    try:
        await asyncio.sleep(1.0)  # every stream is open
        async with asyncio.timeout(600):
            await asyncio.gather(*(one(number, session) for number, session in enumerate(free[:uploads])))
    finally:
        for each in listening:
            each.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
    return took


async def _upload(stage: Stage, image: bytes, session: OpenSession) -> tuple[str, float, float]:
    """Send over a socket of our own, to know when the last byte was out.

    Returns the id, that moment, and the seconds from then until the phone had its response.
    """
    where = urlsplit(stage.origins[0])
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    head = (
        f"POST /api/images HTTP/1.1\r\nHost: {where.netloc}\r\nOrigin: {stage.public_url}\r\nCookie: {session.phone}\r\n"
        f"Content-Type: image/jpeg\r\nContent-Length: {len(image)}\r\nConnection: close\r\n\r\n"
    )
    writer.transport.set_write_buffer_limits(0)
    writer.write(head.encode() + image)
    await writer.drain()
    sent = time.perf_counter()
    answer = await reader.read()
    answered = time.perf_counter() - sent
    writer.close()
    status, _, rest = answer.partition(b"\r\n")
    if b" 201 " not in status + b" ":
        raise RuntimeError(answer.decode(errors="replace"))
    return str(json.loads(rest.partition(b"\r\n\r\n")[2])["id"]), sent, answered


async def _stream(stage: Stage, http: aiohttp.ClientSession, session: OpenSession) -> None:
    headers, name = {"Cookie": session.desktop}, ""
    timeout = aiohttp.ClientTimeout(total=None)
    async with http.get(f"{stage.origins[-1]}/api/events", headers=headers, timeout=timeout) as reply:
        async for raw in reply.content:
            member, _, value = raw.decode().rstrip("\n").partition(": ")
            if member == "event":
                name = value
            elif member == "data" and name == "image.added":
                _note_known(session, json.loads(value)["id"])


async def _poll(stage: Stage, http: aiohttp.ClientSession, session: OpenSession) -> None:
    await asyncio.sleep(random.Random(session.phone).random() * _POLL_SECONDS)  # noqa: S311 - spread, no secret
    while True:
        async with http.get(f"{stage.origins[-1]}/api/images", headers={"Cookie": session.desktop}) as reply:
            for image in (await reply.json())["images"]:
                _note_known(session, image["id"])
        await asyncio.sleep(_POLL_SECONDS)


def _note_known(session: OpenSession, image_id: str) -> None:
    session.known_at.setdefault(image_id, time.perf_counter())
    session.changed.set()


async def _idle(
    stage: Stage, http: aiohttp.ClientSession, sessions: list[OpenSession], streams: int
) -> dict[str, float]:
    """Keep streams open for a heartbeat; return the gateway's memory and CPU before and with them."""
    pid = stage.gateways[-1].pid
    await asyncio.sleep(2.0)
    before, used = resident_megabytes(pid), cpu_seconds(pid)
    await asyncio.sleep(_HEARTBEAT_SECONDS)
    alone = cpu_seconds(pid) - used
    opened = asyncio.Semaphore(0)
    beaten = asyncio.Semaphore(0)

    async def hold(session: OpenSession) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        url = f"{stage.origins[-1]}/api/events"
        async with http.get(url, headers={"Cookie": session.desktop}, timeout=timeout) as reply:
            reply.raise_for_status()
            opened.release()
            async for line in reply.content:
                if line.startswith(b":"):
                    beaten.release()

    held = [asyncio.create_task(hold(sessions[number % len(sessions)])) for number in range(streams)]
    try:
        async with asyncio.timeout(120):
            for _ in held:
                await opened.acquire()
        used = cpu_seconds(pid)
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        with_streams, busy = resident_megabytes(pid), cpu_seconds(pid) - used
        async with asyncio.timeout(60):
            for _ in held:
                await beaten.acquire()
    finally:
        for each in held:
            each.cancel()
        await asyncio.gather(*held, return_exceptions=True)
    return {
        "idleMegabytes": round(before, 1),
        "withStreamsMegabytes": round(with_streams, 1),
        "streamsMegabytes": round(with_streams - before, 1),
        "kilobytesPerStream": round((with_streams - before) * 1000 / streams, 1) if streams else 0.0,
        "idleCpuPercent": round(100 * alone / _HEARTBEAT_SECONDS, 1),
        "streamsCpuPercent": round(100 * busy / _HEARTBEAT_SECONDS, 1),
    }


def _print(found: dict[str, Any]) -> None:
    console = Console(width=110, soft_wrap=True, highlight=False)
    on = "PostgreSQL" if found["postgres"] else "SQLite"
    table = Table(
        title=f"{found['uploads']} uploads of 1600×1200, {found['sessions']} sessions open, "
        f"{found['gateways']} gateway(s) on {on}; milliseconds from the last byte sent",
        title_justify="left",
    )
    for heading in ("the desktop learns by", "p50", "p95", "longest"):
        table.add_column(heading, justify="left" if heading.startswith("the") else "right")
    table.add_row("events", str(found["p50"]), str(found["p95"]), str(found["longest"]))
    table.add_row(
        "(the phone has its response)",
        str(found["answeredP50"]),
        str(found["answeredP95"]),
        str(found["answeredLongest"]),
    )
    table.add_row(
        "polling every 4 s", str(found["polledP50"]), str(found["polledP95"]), str(found["polledLongest"])
    )
    console.print(table)
    console.print(
        f"Idle streams: {found['idleMegabytes']} MB with none, {found['withStreamsMegabytes']} MB with {found['streams']} "
        f"({found['streamsMegabytes']} MB more, {found['kilobytesPerStream']} kB each); "
        f"{found['idleCpuPercent']} % and {found['streamsCpuPercent']} % of a core"
    )
    console.print(json.dumps(found), soft_wrap=True, markup=False)


if __name__ == "__main__":
    main()
