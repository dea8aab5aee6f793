"""The demo as a newcomer starts it, and a real Chromium in front of it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect

from browser.phones import Surgery, running_surgery
from browser.walks import forget
from demo import running_demo
from loopback import NO_CERTIFICATES
from running import Sandbox


def chromium() -> str:
    """Where Chromium is: scripts/test finds or installs it and says so in CHROMIUM."""
    for candidate in (
        os.environ.get("CHROMIUM"),
        "/usr/bin/chromium-headless-shell",
        "/usr/bin/chromium",
        "/usr/bin/google-chrome",
    ):
        if candidate and Path(candidate).exists():
            return candidate
    raise RuntimeError("Chromium is not installed; run scripts/test, or set CHROMIUM to its path.")


@pytest.fixture(scope="session", autouse=True)
def patience() -> None:
    """A busy machine may take longer than Playwright's five seconds to show what it will show."""
    expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def demo() -> Iterator[Sandbox]:
    """`clinicpro demo` on free ports; each file's own, so that none meets photos that another left with a patient."""
    with running_demo() as evolution:
        yield Sandbox({"MEDTECH_API_BASE_URL": evolution.removesuffix("/evolution") + "/FHIR"})


@pytest.fixture
def evolution(demo: Sandbox) -> Sandbox:
    """The demo's sandbox, with every inbox empty."""
    for path in ("/sandbox/resources", "/sandbox/faults"):
        httpx2.delete(f"{demo.origin}{path}", verify=NO_CERTIFICATES).raise_for_status()
    return demo


@asynccontextmanager
async def _running_chromium(*flags: str) -> AsyncIterator[Browser]:
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=[*quiet, *flags])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    # A frame of a site on the internet (invented, answered by the test) holds a gateway on loopback.
    async with _running_chromium("--disable-features=LocalNetworkAccessChecks") as browser:
        yield browser


@pytest.fixture(scope="module")
async def filmed() -> AsyncIterator[Browser]:
    """Chromium with a camera that shows a turning disc and is allowed without asking."""
    camera = "--use-fake-device-for-media-stream=fps=5"
    async with _running_chromium(camera, "--use-fake-ui-for-media-stream") as browser:
        yield browser


@pytest.fixture
async def context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-NZ")
    yield context
    await context.close()


@pytest.fixture
async def watched(context: BrowserContext) -> AsyncIterator[BrowserContext]:
    """A browser in which a breach of the Content-Security-Policy fails the test."""
    breaches: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if "Content Security Policy" in said.text:
            breaches.append(said.text)

    context.on("console", hear)
    yield context
    assert breaches == []


@pytest.fixture
async def blank(context: BrowserContext) -> AsyncIterator[Page]:
    """A page with nothing in it yet. Any script error on any page fails the test."""
    complaints: list[str] = []
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield await context.new_page()
    assert complaints == []


@pytest.fixture
async def desk(blank: Page, evolution: Sandbox) -> Page:
    """Evolution, where nothing is unfiled with the test patient."""
    await asyncio.to_thread(forget, evolution)
    await blank.goto(f"{evolution.origin}/evolution")
    return blank


@pytest.fixture(scope="module")
async def surgery(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Surgery]:
    """A sandbox and a gateway that can be killed."""
    async with running_surgery(tmp_path_factory.mktemp("surgery")) as surgery:
        yield surgery
