"""What a clinician reads while Medtech misbehaves: after the first failed attempt, on this page and on the next patient's."""

import asyncio
import re
import time
from dataclasses import dataclass, field

from playwright.async_api import Page, expect

from browser.walks import KOPUA, Start, ask_for, press_file, reviewed

SOON_SECONDS = 3.0
# A reason and a time: "keeps trying until 20:45". Or that somebody has to act: not filed, or look in the inbox.
SAYS = re.compile(
    r"keeps trying until \d\d:\d\d|was not filed|Please check in Evolution|Filed in the record", re.DOTALL
)
_TRAY = re.compile(
    r"keeps trying until \d\d:\d\d|: not filed, |check the inbox in Evolution|: filed at ", re.DOTALL
)
_LONGEST = 60.0


@dataclass
class Said:
    """How long after the first failed attempt each page said so, in seconds, and in which words."""

    kind: str
    here: float
    there: float
    words: str = ""
    tray: str = ""
    faults: list[str] = field(default_factory=list)


async def said_during(start: Start, kind: str, **more: object) -> Said:
    """File one photo during this fault, then open the next patient."""
    page = await reviewed(start, "Forearm")
    resource = {"method": "POST", "resource": "DocumentReference"}
    ask_for(start, {"kind": kind, **resource, **more})
    await press_file(page)
    failed = await _first_failure(page)
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text(SAYS, timeout=_LONGEST * 1000)
    here = time.monotonic() - failed
    words = " ".join((await dialog.inner_text()).split())
    opened = await start.context.new_page()
    await opened.goto(start.evolution.launch_url(KOPUA))
    at = time.monotonic()
    await opened.get_by_role("button", name="Tray").click()
    tray = opened.get_by_role("dialog", name="Other photos of yours")
    await expect(tray).to_contain_text(_TRAY)
    there = time.monotonic() - at
    said = Said(kind, here, there, words, " ".join((await tray.inner_text()).split()))
    said.faults = [
        f"{kind}: said {where} after {seconds:.1f} s"
        for where, seconds in (("here", here), ("on the next patient's page", there))
        if seconds > SOON_SECONDS
    ]
    return said


_STATE = """async () => {
  const session = await (await fetch("/api/session")).json();
  const headers = { "X-ClinicPro-Session": session.id, "X-ClinicPro-Background": "1" };
  const { images } = await (await fetch("/api/images", { headers })).json();
  const id = images.map(({ commitId }) => commitId).find(Boolean);
  if (!id) return false;
  const { images: of } = await (await fetch(`/api/commits/${id}`, { headers })).json();
  return of.some(({ error, state }) => error || state === "committed" || state === "unverified");
}"""


async def _first_failure(page: Page) -> float:
    """When the gateway knew of it: it is asked many times a second."""
    async with asyncio.timeout(_LONGEST):
        while not await page.evaluate(_STATE):  # noqa: ASYNC110 - the page has no event for it
            await asyncio.sleep(0.1)
    return time.monotonic()
