"""Plants identifying values, and searches everything that a gateway logs, counts, traces and answers for them."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Unpack
from urllib.parse import parse_qs, quote, urlsplit

import httpx2

from clinicpro_images.app.gateway import Parts
from collector import running_collector
from image_files import make_jpeg
from running import FOREARM, TESTING, BrowserSession, Sandbox, running

TWO_RECORDS = "3732d4df6aae858b088e337ff0ee9027"
NOTE, LABEL, SITE = "Noted-in-confidence", "Labelled-in-confidence", "Sited-in-confidence"
MESSAGE, FILE_NAME, BEARER = "Written-in-confidence", "tamati-aroha.jpg", "borne-in-confidence"
ALWAYS_TELLING = [
    "ZZZ0016",
    "UNRELATED STRING",
    "SECOND STRING",
    "1965-08-07",
    TESTING,
    TWO_RECORDS,
    NOTE,
    LABEL,
    SITE,
    MESSAGE,
    FILE_NAME,
    BEARER,
]


class Watch:
    """Everything that was logged and every problem that was answered, searched for what was planted."""

    def __init__(self, log: StringIO) -> None:
        self.log = log
        self.problems: list[str] = []
        self.planted = list(ALWAYS_TELLING)

    async def reply(self, reply: httpx2.Response) -> None:
        """Keep the body and headers of each problem; the clinician's own pages are theirs to see."""
        if reply.status_code >= 400:
            await reply.aread()
            self.problems.append(f"{reply.status_code} {dict(reply.headers)} {reply.text}")

    def plant(self, *identifying: str) -> None:
        """Search for these too, also as they are written in a URL."""
        self.planted += [form for each in identifying for form in {each, quote(each, safe="")}]

    def found_in(self, text: str) -> list[str]:
        return [each for each in self.planted if each.casefold() in text.casefold()]

    def events(self) -> set[str]:
        return {json.loads(line)["event"] for line in self.log.getvalue().splitlines()}

    def nothing_leaked(self) -> None:
        for line in self.log.getvalue().splitlines():
            assert self.found_in(line) == [], line
        for problem in self.problems:
            assert self.found_in(problem) == [], problem


@asynccontextmanager
async def watched(
    sandbox: Sandbox,
    folder: Path,
    watch: Watch,
    environ: Mapping[str, str] = {},
    **parts: Unpack[Parts],
) -> AsyncIterator[BrowserSession]:
    """A running gateway whose secrets and replies are watched."""
    with running_collector() as collector:
        traced = {**environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        async with running(sandbox, folder, traced, **parts) as browser:
            browser.client.event_hooks["response"].append(watch.reply)
            settings = browser.gateway.settings
            watch.plant(*filter(None, (settings.client_secret, settings.secret_key, settings.admin_token)))
            yield browser
            metrics = (await browser.operator("/metrics")).text
            assert watch.found_in(metrics) == []
        assert collector.spans()
        assert watch.found_in(collector.text()) == []
    watch.nothing_leaked()


async def launched(browser: BrowserSession, watch: Watch) -> str:
    """Launch, and watch for the context, the signature, the cookie's token and the bearer token; returns the query."""
    query = urlsplit(browser.sandbox.launch_url()).query
    watch.plant(*(values[0] for values in parse_qs(query).values()))
    assert (await browser.client.get(f"/launch?{query}")).status_code == 303
    watch.plant(
        browser.client.cookies["clinicpro_session"], (await browser.gateway.alex.tokens.token()).value
    )
    return query


async def described(browser: BrowserSession, seed: int = 0) -> str:
    """An image with identifying details."""
    reply = await browser.client.post(
        "/api/images",
        content=make_jpeg(width=320, height=240, seed=seed),
        headers={"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "X-File-Name": FILE_NAME},
    )
    image_id = str(reply.json()["id"])
    await browser.describe(image_id, bodySite=FOREARM, notes=NOTE, label=LABEL)
    return image_id


def holding(folder: Path, planted: bytes) -> list[Path]:
    """The files of an installation that contain these bytes."""
    return [file for file in folder.rglob("*") if file.is_file() and planted in file.read_bytes()]
