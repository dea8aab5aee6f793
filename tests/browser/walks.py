"""What the walks to the widget's states share: where they start, and what a clinician does on the way."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from playwright.async_api import BrowserContext, FilePayload, Page, Route, expect

from browser.test_journey import open_patient, press_icon
from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from running import PATIENCE, TESTING, Sandbox

KOPUA = "f37b2c52227a69f7ecb3024f2a592efc"
NURSE = "7def01802be7cbe97d4301a421f111f5"
SLOW = 60_000  # milliseconds that a fault may take to be noticed


@dataclass(frozen=True)
class Start:
    """A browser with Evolution's stand-in open in it, and the sandbox behind that."""

    context: BrowserContext
    desk: Page
    evolution: Sandbox
    patient: str = "TESTING"
    patient_id: str = TESTING
    # Shown in turn; without any, photos are made up, each another one.
    photos: Sequence[bytes] = ()

    def photo(self, number: int) -> FilePayload:
        """The file of photo `number`, counted from 1."""
        if not self.photos:
            return small_picture(number)
        content = self.photos[(number - 1) % len(self.photos)]
        return FilePayload(name=f"{number}.jpg", mimeType="image/jpeg", buffer=content)


Walk = Callable[[Start], Awaitable[Page]]


@dataclass(frozen=True)
class State:
    """A state of a page: how it is reached, what of the code it shows, and what a screen reader finds there.

    `within` is the frame that it is read in, if not the page itself. `in_evolution`: it starts in Evolution's
    stand-in, which takes a second to open; others open the address that its icon would. `still_filing`: photos are
    on their way when it is reached, and would meet the faults that the next state asks for.
    """

    walk: Walk
    shows: tuple[str, ...] = ()
    reads: str = ""
    within: str = ""
    in_evolution: bool = False
    still_filing: bool = False

    @property
    def name(self) -> str:
        return getattr(self.walk, "__name__", "")


async def held(_route: Route) -> None:
    """No answer, for as long as the page lives."""


async def pressed(start: Start, patient: str = "") -> Page:
    """What the icon opens for a patient: through Evolution where that is open, otherwise at the icon's address."""
    await start.desk.bring_to_front()
    if not start.desk.url.startswith(f"{start.evolution.origin}/evolution"):
        assert not patient, "Another patient is opened in Evolution: the state needs in_evolution."
        await start.desk.goto(start.evolution.launch_url(start.patient_id))
        return start.desk
    await open_patient(start.desk, patient or start.patient)
    return await press_icon(start.context, start.desk, fresh=False)


async def launched(start: Start) -> Page:
    """The widget for the test patient, ready for the first photo."""
    await asyncio.to_thread(forget, start.evolution, start.patient_id)
    widget = await pressed(start)
    await expect(widget.get_by_role("heading", name="Drop photos here")).to_be_visible()
    return widget


def small_picture(seed: int, width: int = 640, height: int = 480) -> FilePayload:
    content = make_jpeg(width=width, height=height, seed=seed)
    return FilePayload(name=f"{seed}.jpg", mimeType="image/jpeg", buffer=content)


async def add(widget: Page, count: int) -> None:
    """Add so many small photos and wait until all are shown."""
    files = [small_picture(seed, 64, 48) for seed in range(count)]
    await widget.get_by_label("Add photos").first.set_input_files(files)
    await expect(widget.locator(".thumbs li[data-id]")).to_have_count(count)


async def say_site(widget: Page, site: str = "Forearm") -> None:
    """Say the body site of the photo that is shown."""
    chip = widget.get_by_role("button", name=site, exact=True)
    await chip.click()
    await expect(chip).to_have_attribute("aria-pressed", "true")
    await expect(widget.get_by_text("Saved", exact=True)).to_be_visible()


async def described(start: Start, *sites: str) -> Page:
    """The widget with one described photo for each site."""
    widget = await launched(start)
    # One by one: what comes together is put in order once all of it is in.
    for number, site in enumerate(sites, start=1):
        await widget.get_by_label("Add photos").first.set_input_files([start.photo(number)])
        await expect(widget.get_by_text(f"Photo {number} of {number}")).to_be_visible()
        await say_site(widget, site)
    return widget


async def reviewed(start: Start, *sites: str) -> Page:
    """The review of photos of these sites."""
    widget = await described(start, *sites)
    await widget.get_by_role("button", name=re.compile(r"File \d+ photos? to record")).click()
    await expect(widget.get_by_role("dialog", name="Review before filing")).to_be_visible()
    return widget


async def press_file(widget: Page) -> None:
    await widget.get_by_role("button", name="File to record", exact=True).click()


def ask_for(start: Start, *faults: Mapping[str, object]) -> None:
    """Have ALEX misbehave."""
    start.evolution.call("PUT", "/sandbox/faults", {"faults": [dict(each) for each in faults]})


@contextmanager
def elsewhere(evolution: Sandbox, patient: str, **launch: Any) -> Iterator[httpx2.Client]:
    """Launch for a patient without a window: for what is done to the session, in a tenth of a page's time."""
    url = urlsplit(evolution.launch_url(patient, **launch))
    origin = f"{url.scheme}://{url.netloc}"
    with httpx2.Client(
        base_url=origin, headers={"Origin": origin}, timeout=PATIENCE, verify=NO_CERTIFICATES
    ) as browser:
        assert browser.get(f"{url.path}?{url.query}").status_code == 303
        yield browser


def forget(evolution: Sandbox, patient: str = TESTING) -> None:
    """Remove what earlier tests left unfiled with this patient: it would be there again at each launch."""
    with elsewhere(evolution, patient) as browser:
        browser.post("/api/session/leftovers/resume", json={}).raise_for_status()
        for image in browser.get("/api/images").raise_for_status().json()["images"]:
            # What nobody can remove comes back too: photos that may have arrived, and what was filed beside a refused one.
            if image["state"] == "unverified":
                resolve = f"/api/commits/{image['commitId']}/images/{image['id']}/resolve"
                browser.post(resolve, json={"answer": "in-inbox"}).raise_for_status()
            else:
                browser.delete(f"/api/images/{image['id']}")
        browser.delete("/api/session").raise_for_status()


def leave_unfiled(start: Start, patient: str, count: int = 1, **launch: Any) -> None:
    """Launch for a patient in another browser, add photos there, and walk away."""
    with elsewhere(start.evolution, patient, **launch) as browser:
        for seed in range(count):
            picture = make_jpeg(width=64, height=48, seed=900 + seed)
            browser.post(
                "/api/images", content=picture, headers={"Content-Type": "image/jpeg"}
            ).raise_for_status()
