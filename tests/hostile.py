"""One hostile session at a time against a gateway, and what another practice's clinician notices.

The attack is a program of its own, so that what it costs its own machine isn't measured: `python -m hostile …`.
"""

import asyncio
import contextlib
import io
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from PIL import Image

from hostile_calls import CALLS, make_calls
from image_files import make_jpeg, make_png
from load.stage import Stage
from running import TESTING, Sandbox
from slow_pdfs import slow_pdf

HOSTILE_PATIENT = "94497821d8aa4ba5fbbbef7e68f1f66b"
_PATIENCE = 60.0


@dataclass
class Noticed:
    """What the other clinician measured, in seconds, and the gateway's memory, in MB."""

    times: dict[str, list[float]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    megabytes: float = 0.0

    def p95(self, what: str) -> float:
        """The 95th percentile of one kind of call."""
        times = sorted(self.times[what])
        return times[min(len(times) - 1, int(len(times) * 0.95))]

    def median(self, what: str) -> float:
        """The median of one kind of call."""
        return statistics.median(self.times[what])


class Attacker:
    """A browser with one session's cookie that misbehaves on raw connections."""

    def __init__(self, origin: str, cookie: str, image_id: str) -> None:
        self.origin = origin
        self.cookie = cookie
        self.image_id = image_id
        self._open: list[asyncio.StreamWriter] = []

    async def send(self, method: str, path: str, *more: str, body: bytes = b"") -> asyncio.StreamReader:
        """Send a request and leave the connection open."""
        parts = urlsplit(self.origin)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Origin: {self.origin}",
            f"Cookie: {self.cookie}",
            *more,
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        self._open.append(writer)
        return reader

    async def slow_readers(self) -> None:
        """Ask for an image and read nothing."""
        for _ in range(40):
            await self.send("GET", f"/api/images/{self.image_id}/content?size=full")

    async def silent_streams(self) -> None:
        """Open event streams and read nothing."""
        for _ in range(400):
            await self.send("GET", "/api/events")

    async def two_thousand_streams(self) -> None:
        """Open as many event streams as one can, and again what was refused."""
        while True:
            for _ in range(2000):
                with contextlib.suppress(OSError):
                    await self.send("GET", "/api/events")
            await asyncio.sleep(5)
            self.close()
            self._open.clear()

    async def slow_uploads(self) -> None:
        """Announce large uploads and send a byte."""
        for _ in range(30):
            await self.send(
                "POST", "/api/images", "Content-Type: image/jpeg", "Content-Length: 25000000", body=b"\xff"
            )

    async def decode_bombs(self) -> None:
        """Send small files that take long to decode."""
        await self._upload_all("image/png", make_png(width=6000, height=6000, mode="RGBA"), 8)

    async def parser_bombs(self) -> None:
        """Send large files with millions of empty parts."""
        photo = make_jpeg(width=64, height=48)
        await self._upload_all("image/jpeg", photo[:2] + b"\xff\xe1\x00\x02" * 5_000_000 + photo[2:], 8)

    async def endless_files(self) -> None:
        """Send documents of a kilobyte that take longer to draw than is allowed."""
        await self._upload_all("application/pdf", slow_pdf(60), 16)

    async def _upload_all(self, content_type: str, content: bytes, count: int) -> None:
        _say_ready()
        for number in range(count):
            body = content + bytes([number])
            length = f"Content-Length: {len(body)}"
            await self.send("POST", "/api/images", f"Content-Type: {content_type}", length, body=body)

    async def rendition_loop(self) -> None:
        """Ask for renditions without end."""
        for _ in range(60):
            await self.send("GET", f"/api/images/{self.image_id}/content?size=view")

    async def refused_tickets(self) -> None:
        """Guess hand-off tickets."""
        for number in range(300):
            body = f'{{"token": "{number:028d}"}}'.encode()
            length = f"Content-Length: {len(body)}"
            await self.send("POST", "/api/handoff/claim", "Content-Type: application/json", length, body=body)

    async def tiny_chunks(self) -> None:
        """Send one-byte chunks without a cookie, and again once the connection is closed."""
        while True:
            with contextlib.suppress(OSError):
                self.cookie = ""
                await self.send("POST", "/api/images", "Transfer-Encoding: chunked")
                writer = self._open.pop()
                while not writer.is_closing():
                    writer.write(b"1\r\nx\r\n" * 2000)
                    await writer.drain()

    async def page_flood(self) -> None:
        """Ask for a page of the provider's sessions on many connections, without end."""

        async def ask() -> None:
            while True:
                with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                    reader = await self.send("GET", "/sessions", "Connection: close")
                    writer = self._open.pop()
                    await reader.read()
                    writer.close()

        await asyncio.gather(*(ask() for _ in range(300)))

    def close(self) -> None:
        """Drop every connection."""
        for writer in self._open:
            writer.transport.abort()


TRIALS: dict[str, Callable[[Attacker], Awaitable[None]]] = {
    "slow readers": Attacker.slow_readers,
    "silent streams": Attacker.silent_streams,
    "2,000 streams": Attacker.two_thousand_streams,
    "slow uploads": Attacker.slow_uploads,
    "decode bombs": Attacker.decode_bombs,
    "parser bombs": Attacker.parser_bombs,
    "endless files": Attacker.endless_files,
    "rendition loop": Attacker.rendition_loop,
    "refused tickets": Attacker.refused_tickets,
    "tiny chunks": Attacker.tiny_chunks,
    "page flood": Attacker.page_flood,
}


async def noticed_during(stage: Stage, trial: str, *, seconds: float) -> Noticed:
    """Run one attack for so many seconds, while another clinician works."""
    origin = stage.origins[0]
    noticed = Noticed()
    async with _client(origin) as hostile, _client(origin) as other:
        # Another patient's: the clinician's launches would take over what is unfiled of their own.
        await _launch(hostile, stage.sandbox, HOSTILE_PATIENT)
        # Beyond what the system buffers for a connection, so that the gateway notices who doesn't read.
        large = _noise() if trial == "slow readers" else make_jpeg(width=2400, height=1800)
        added = await hostile.post("/api/images", content=large, headers={"Content-Type": "image/jpeg"})
        cookie = "; ".join(f"{name}={value}" for name, value in hostile.cookies.items())
        attacking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "hostile", origin, cookie, added.json()["id"], trial),
            cwd=Path(__file__).parent,
            stdout=asyncio.subprocess.PIPE,
        )
        assert attacking.stdout is not None
        try:
            await attacking.stdout.readline()  # it is ready, and begins
            await _work(other, stage, noticed, seconds)
            assert attacking.returncode is None, "the attack ended before the trial did"
        finally:
            attacking.kill()
            await attacking.wait()
    return noticed


def _noise() -> bytes:
    held = io.BytesIO()
    Image.merge("RGB", [Image.effect_noise((3600, 2700), 120) for _ in range(3)]).save(
        held, "JPEG", quality=95
    )
    return held.getvalue()


def _say_ready() -> None:
    print("ready", flush=True)  # noqa: T201 - the trial waits for it


async def attack(origin: str, cookie: str, image_id: str, trial: str) -> None:
    """Attack, and keep the connections open until this program is killed."""
    if trial in CALLS:
        await make_calls(origin, cookie, image_id, trial, _say_ready)
    if not trial.endswith(("bombs", "files")):
        _say_ready()
    with contextlib.suppress(OSError):
        await TRIALS[trial](Attacker(origin, cookie, image_id))
    await asyncio.sleep(3600)


async def _work(client: httpx2.AsyncClient, stage: Stage, noticed: Noticed, seconds: float) -> None:
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        number += 1
        photo = make_jpeg(width=400, height=300, seed=number)
        await _timed(noticed, "healthz", client.get("/healthz"))
        await _timed(noticed, "launch", _launch(client, stage.sandbox))
        added = await _timed(
            noticed,
            "upload",
            client.post("/api/images", content=photo, headers={"Content-Type": "image/jpeg"}),
        )
        if added.status_code == 201:  # a session has room for twenty
            await client.delete(f"/api/images/{added.json()['id']}")
        code = (await client.post("/api/handoff")).json()["code"]
        await _timed(noticed, "claim", client.post("/api/handoff/claim", json={"token": code}))
        noticed.megabytes = max(noticed.megabytes, stage.measure_memory())
        await asyncio.sleep(0.1)


async def _timed(noticed: Noticed, what: str, call: Awaitable[httpx2.Response]) -> httpx2.Response:
    started = time.monotonic()
    reply = await call
    noticed.times.setdefault(what, []).append(time.monotonic() - started)
    if reply.status_code >= 400:
        noticed.refused.append(f"{what} {reply.status_code}")
    return reply


async def _launch(client: httpx2.AsyncClient, sandbox: Sandbox, patient: str = TESTING) -> httpx2.Response:
    client.cookies.clear()
    url = await asyncio.to_thread(sandbox.launch_url, patient)
    return await client.get(f"/launch?{url.partition('?')[2]}")


def _client(origin: str) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=origin, headers={"Origin": origin}, timeout=_PATIENCE)


if __name__ == "__main__":
    asyncio.run(attack(*sys.argv[1:]))
