"""`scripts/bench filing`: 300 images of 700 kB through the gateway, 8 at a time, beside posting them directly.

Everything is on loopback: a sink that answers 201 plays ALEX, and a bare client posts the same documents to it in
the same run. The gateway is `clinicpro serve` on SQLite with its ordinary settings, but for the limits per practice.
"""

import argparse
import asyncio
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pybase64
from rich.console import Console
from rich.table import Table

from bench import sink
from bench.process import cpu_seconds, forget_peak, peak_megabytes, workers_seconds
from clinicpro_images.imaging.clean import clean
from clinicpro_images.imaging.fit import fit_scan
from clinicpro_images.imaging.limits import FitLimits
from clinicpro_images.records.alex import resources
from clinicpro_images.records.alex.body import AttachmentBody
from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg, with_segments
from running import FOREARM

_PER_SESSION = 20
_SCENES = 5


@dataclass
class Leg:
    """One part of the run. Times are per image, in milliseconds; memory is the peak in MB."""

    name: str
    images: int
    seconds: float
    per_second: float
    cpu: float
    workers: float
    p50: float
    p95: float
    peak: float


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(prog="scripts/bench filing", description=__doc__)
    parser.add_argument("--images", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    options = parser.parse_args()
    Console(stderr=True).print(f"Making {options.images} images …")
    images = make_images(options.images)
    with _sink() as port, tempfile.TemporaryDirectory(prefix="clinicpro-filing-") as folder:
        found = asyncio.run(_measure(images, options.at_once, port, Path(folder)))
    if options.json:
        Console().print_json(data=found)
    else:
        _print(found)


def make_images(count: int) -> list[bytes]:
    """JPEGs of about 700 kB that a camera's own software would have made smaller to 2400 pixels; all differ."""
    scenes = [make_jpeg(width=2400, height=1800, seed=seed, quality=93) for seed in range(_SCENES)]
    return [
        with_segments(scenes[number % _SCENES], [(0xFE, f"image {number}".encode())])
        for number in range(count)
    ]


async def _measure(images: list[bytes], at_once: int, port: int, folder: Path) -> dict[str, Any]:
    alex = f"http://127.0.0.1:{port}"
    gateway = GatewayProgram(_environ(alex, folder), folder, free_port())
    gateway.start()
    try:
        # The first start makes the tables; what is measured is every start after it.
        await gateway.ready()
        gateway.kill()
        gateway.start()
        await gateway.ready()
        idle = peak_megabytes(gateway.pid)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
            browser = _Browser(http, gateway.origin, alex)
            staged: list[tuple[str, str, str]] = []

            async def add(number: int) -> None:
                staged.append(await browser.add(number, images[number]))

            await browser.launch(-(-len(images) // _PER_SESSION))
            adding = await _leg("upload and describe", len(images), at_once, add, gateway.pid)
            forget_peak(gateway.pid)
            filing = await _leg(
                "file",
                len(images),
                at_once,
                lambda number: browser.file(*staged[number]),
                gateway.pid,
                browser.settled,
            )
            straight = await _straight(images, at_once, alex, http)
    finally:
        gateway.kill()
    return {
        "images": len(images),
        "kilobytes": round(statistics.mean(map(len, images)) / 1000),
        "atOnce": at_once,
        "gatewayIdleMegabytes": round(idle, 1),
        "legs": [asdict(leg) for leg in (adding, filing, straight)],
        "ratioToStraight": round(filing.per_second / straight.per_second, 3),
    }


def _environ(alex: str, folder: Path) -> dict[str, str]:
    return {
        "MEDTECH_API_BASE_URL": f"{alex}/FHIR",
        "MEDTECH_TOKEN_URL": f"{alex}/token",
        "MEDTECH_LAUNCH_URL": f"{alex}/launch",
        "MEDTECH_CLIENT_SECRET": "an invented secret",
        "CLINICPRO_SECRET_KEY": "an invented key for the bench",
        "CLINICPRO_PUBLIC_URL": "http://bench.localhost",
        "CLINICPRO_DATA_DIR": str(folder / "data"),
        "CLINICPRO_FACILITY_AT_ONCE": "8",
        "CLINICPRO_FACILITY_RATE": "0",
    }


class _Browser:
    """Does over HTTP what the widget does."""

    def __init__(self, http: aiohttp.ClientSession, origin: str, alex: str) -> None:
        self._http = http
        self._origin = origin
        self._alex = alex
        self._cookies: list[str] = []
        self._asked: set[str] = set()

    async def launch(self, sessions: int) -> None:
        for number in range(sessions):
            url = f"{self._origin}/launch?context=c{number}&signature=s{number}"
            async with self._http.get(url, allow_redirects=False) as reply:
                assert reply.status == 303, await reply.text()
                self._cookies.append(reply.headers["Set-Cookie"].partition(";")[0])

    async def add(self, number: int, image: bytes) -> tuple[str, str, str]:
        """Upload and describe; returns cookie, image id and label."""
        cookie, label = self._cookies[number // _PER_SESSION], f"Mole {number}"
        added = await self._send("POST", "/api/images", cookie, data=image)
        await self._send(
            "PATCH", f"/api/images/{added['id']}", cookie, json={"bodySite": FOREARM, "label": label}
        )
        return cookie, added["id"], label

    async def file(self, cookie: str, image_id: str, label: str) -> None:
        """File one image, and wait until the sink has it."""
        key = {"Idempotency-Key": image_id}
        commit = await self._send("POST", "/api/commits", cookie, json={"imageIds": [image_id]}, headers=key)
        async with self._http.get(f"{self._alex}/landed/{label}") as landed:
            assert landed.status == 200
        self._asked.add(commit["images"][0]["imageId"])

    async def settled(self) -> None:
        """Wait until the gateway reports every image as filed to a page that reloads."""
        filed: set[str] = set()
        for cookie in self._cookies:
            while True:
                images = (await self._send("GET", "/api/images", cookie))["images"]
                if all(image["state"] == "committed" for image in images if image["id"] in self._asked):
                    break
                await asyncio.sleep(0.1)
            filed |= {image["id"] for image in images}
        assert filed >= self._asked

    async def _send(
        self, method: str, path: str, cookie: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> dict[str, Any]:
        sent = {"Cookie": cookie, "Origin": "http://bench.localhost", **(headers or {})}
        async with self._http.request(method, self._origin + path, headers=sent, **more) as reply:
            assert reply.status < 300, await reply.text()
            answer: dict[str, Any] = await reply.json()
            return answer


async def _leg(
    name: str,
    count: int,
    at_once: int,
    each: Callable[[int], Awaitable[None]],
    pid: int | None,
    settled: Callable[[], Awaitable[None]] | None = None,
) -> Leg:
    """Do `each` for every number, `at_once` at a time, until all is `settled`; the CPU is that of `pid`, or our own."""
    times: list[float] = []
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            begun = time.perf_counter()
            await each(number)
            times.append(time.perf_counter() - begun)

    def spent() -> float:
        return time.process_time() if pid is None else cpu_seconds(pid)

    def spent_by_workers() -> float:
        return 0.0 if pid is None else workers_seconds(pid)

    cpu, workers, started = spent(), spent_by_workers(), time.perf_counter()
    await asyncio.gather(*(work() for _ in range(at_once)))
    if settled is not None:
        await settled()
    seconds, cpu, workers = time.perf_counter() - started, spent() - cpu, spent_by_workers() - workers
    cut = statistics.quantiles(times, n=20)
    peak = (
        peak_megabytes(pid)
        if pid is not None
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    )
    return Leg(
        name=name,
        images=count,
        seconds=round(seconds, 2),
        per_second=round(count / seconds, 1),
        cpu=round(1000 * cpu / count, 2),
        workers=round(1000 * workers / count, 2),
        p50=round(1000 * statistics.median(times), 1),
        p95=round(1000 * cut[-1], 1),
        peak=round(peak, 1),
    )


async def _straight(images: list[bytes], at_once: int, alex: str, http: aiohttp.ClientSession) -> Leg:
    """Post the same documents, prepared except for base64."""
    limits = FitLimits()
    tiffs = [
        fit_scan(clean(image).content, "image/jpeg", description="Forearm", limits=limits).content
        for image in images[:_SCENES]
    ]
    heads = [await _ends(tiff) for tiff in tiffs]

    async def post(number: int) -> None:
        head, tail = heads[number % len(heads)]
        body = head + pybase64.b64encode(tiffs[number % len(tiffs)]) + tail
        kind = {"Content-Type": "application/fhir+json"}
        async with http.post(f"{alex}/FHIR/DocumentReference", data=body, headers=kind) as reply:
            assert reply.status == 201
            await reply.read()

    return await _leg("directly to the sink", len(images), at_once, post, None)


async def _ends(tiff: bytes) -> tuple[bytes, bytes]:
    """The resource before and after its image."""
    document = resources.document_reference(
        identifier="bench",
        patient_reference="http://127.0.0.1/fhir/Patient/1",
        author_reference="http://127.0.0.1/fhir/Practitioner/2",
        created=datetime.now(UTC),
        title="Forearm.tiff",
        description="Forearm",
        content_type="image/tiff",
        parts=(tiff,),
    )
    chunks = [chunk async for chunk in AttachmentBody(document).chunks()]
    return chunks[0], chunks[-1]


@contextmanager
def _sink() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, sink.__file__], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


def _print(found: dict[str, Any]) -> None:
    title = f"{found['images']} images of {found['kilobytes']} kB, {found['atOnce']} at a time"
    table = Table(title=title, title_justify="left")
    for heading in (
        "",
        "seconds",
        "a second",
        "CPU ms each",
        "workers ms each",
        "p50 ms",
        "p95 ms",
        "peak MB",
    ):
        table.add_column(heading, justify="left" if not heading else "right")
    for leg in found["legs"]:
        shown = ("seconds", "per_second", "cpu", "workers", "p50", "p95", "peak")
        table.add_row(leg["name"], *(str(leg[member]) for member in shown))
    console = Console()
    console.print(table)
    console.print(
        "CPU and memory are the gateway's, its decoding workers counted apart; in the last row the bare client's. "
        f"Idle it holds {found['gatewayIdleMegabytes']} MB.\nFiling reaches {found['ratioToStraight']} of posting directly."
    )
    console.print(json.dumps(found), soft_wrap=True, highlight=False)


if __name__ == "__main__":
    main()
