"""What can go wrong with a phone at each of ten steps from the scan to the desktop, and what became of its photo."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.async_api import Browser, BrowserContext, Error, Page, Route

from browser.phones import ANOTHER, Surgery, new_code, phone_of, pictures, shot
from image_files import make_jpeg

STEPS: Final = (
    "claim",  # the code is exchanged; the answer is on its way
    "open",  # the page is open
    "choose",  # the camera app has just handed over its photo
    "prepare",  # the photo is being made ready
    "look",  # it is looked at
    "describe",  # side and site are pressed
    "ahead",  # it is being uploaded, on no desktop yet; the answer is on its way
    "send",  # Send is pressed; its request has not reached the server
    "release",  # Send is pressed; its answer is on its way
    "original",  # the photo is on the desktop, and its original follows
)
FAULTS: Final = (
    "kill",  # kill -9 of the tab, which the phone then opens again
    "network",
    "lost",  # the browser ends its database process; it can be opened again
    "slow",  # the same, and opening takes six seconds
    "refused",  # the same, and it can't be opened again
    "full",
    "clock",  # thirteen hours forward
    "renewed",  # the desktop makes a new code
    "other",  # the phone scans another patient's code, and goes back
    "destroyed",  # the phone scans another patient's code, and goes on with that patient
)
_PATIENCE: Final = 40.0
_TOLD: Final = re.compile(
    r"destroyed|can't be read|cleared its storage|closed this page|in this page only|not (?:have been )?sent|could not be sent",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(r"Session ended|Scan the code on the desktop|No such code|can't be used any more")
_SHOWN: Final = "document.body.innerText"
_PATHS: Final = {
    "claim": "**/api/handoff/claim",
    "ahead": "**/api/images?held=true",
    "send": "**/release",
    "release": "**/release",
    "original": "**/original",
}
# As Safari's database fails: a connection that is open throws from then on.
_DEAD: Final = """(mode) => {
  const { open } = IDBFactory.prototype;
  const { transaction } = IDBDatabase.prototype;
  const alive = new WeakSet();
  IDBDatabase.prototype.transaction = function (...asked) {
    if (!alive.has(this)) throw new DOMException("Connection to Indexed Database server lost", "UnknownError");
    return transaction.apply(this, asked);
  };
  const opened = (...asked) => {
    const request = open.apply(indexedDB, asked);
    request.addEventListener("success", () => alive.add(request.result));
    return request;
  };
  IDBFactory.prototype.open = (...asked) => {
    if (mode === "refused") throw new DOMException("refused", "InvalidStateError");
    if (mode === "lost") return opened(...asked);
    const late = {};
    setTimeout(() => {
      const request = opened(...asked);
      for (const name of ["onupgradeneeded", "onsuccess", "onerror", "onblocked"])
        request[name] = (event) => { late.result = request.result; late[name]?.(event); };
    }, 6000);
    return late;
  };
}"""


@dataclass
class Outcome:
    """What became of the one photo of a walk."""

    step: str
    fault: str
    taken: bool = False
    here: int = 0
    """How often it is on its patient's desktop."""
    elsewhere: int = 0
    """How often it is on another patient's."""
    told: list[str] = field(default_factory=list)
    """What the phone said of photos that are not on the desktop."""
    shown: str = ""

    @property
    def wrong(self) -> str:
        """What went wrong; empty if nothing did."""
        if self.elsewhere:
            return "under another patient"
        if self.here > 1:
            return "twice"
        if self.taken and not self.here and not self.told:
            return "lost without a word"
        # Only who destroys a photo, or kills a page that said it keeps it in memory only, does without it.
        if self.taken and not self.here and self.fault not in {"destroyed", "kill"}:
            return "not on the desktop"
        return ""


class Walk:
    """One phone on its way from the scan to the desktop, until a fault strikes."""

    def __init__(self, browser: Browser, phone: BrowserContext, desktop: Page, other: Page) -> None:
        self._browser, self._phone, self._desktop, self._stranger = browser, phone, desktop, other
        self._reached, self._go_on = asyncio.Event(), asyncio.Event()
        self.page: Page | None = None
        self._empty = 0

    async def run(self, outcome: Outcome, photo: bytes) -> None:
        """Walk to the step, let the fault happen, and do what a clinician would do then."""
        page = self.page = await self._phone.new_page()
        if outcome.step in _PATHS:
            await page.route(_PATHS[outcome.step], self._answers(outcome.step))
        await self._until(page, outcome, photo)
        await getattr(self, f"_{outcome.fault}")(page)
        self._go_on.set()
        await self._finish(outcome, photo)

    def _answers(self, step: str) -> Callable[[Route], Awaitable[None]]:
        """Keep the first request of the step on its way, or its answer."""

        async def answer(route: Route) -> None:
            if self._reached.is_set():
                await route.continue_()
                return
            reply = None if step in {"send", "original"} else await route.fetch()
            self._reached.set()
            await self._go_on.wait()
            with contextlib.suppress(Error):
                await (route.continue_() if reply is None else route.fulfill(response=reply))

        return answer

    async def _until(self, page: Page, outcome: Outcome, photo: bytes) -> None:
        step = STEPS.index(outcome.step)
        await page.goto(await new_code(self._desktop))
        if outcome.step == "claim":
            await self._reached.wait()
            return
        await page.get_by_label("Camera app").wait_for()
        if step < STEPS.index("choose"):
            return
        await take(page, photo)
        outcome.taken = True
        if outcome.step == "choose":
            return
        await page.get_by_role("heading", name="Is this photo good?").wait_for(state="attached")
        if outcome.step == "prepare":
            return
        if outcome.step == "ahead":
            await self._reached.wait()
            return
        await page.locator(".zoomable img").wait_for()
        if step >= STEPS.index("describe"):
            await page.get_by_role("button", name="Left").click()
            await page.get_by_role("button", name="Forearm").click()
        if step >= STEPS.index("send"):
            await page.get_by_role("button", name="Send 1 photo").click()
            await self._reached.wait()

    async def _kill(self, page: Page) -> None:
        kept = await page.evaluate("JSON.stringify({ ...sessionStorage })")
        devtools = await self._browser.new_browser_cdp_session()
        for each in (await devtools.send("SystemInfo.getProcessInfo"))["processInfo"]:
            if each["type"] == "renderer":
                os.kill(each["id"], signal.SIGKILL)
        await devtools.detach()
        await page.close()
        # The phone opens the tab again, with what it kept of it.
        page = self.page = await self._phone.new_page()
        await page.add_init_script(f"""if (!sessionStorage.length) Object.assign(sessionStorage, {kept})""")
        await page.goto(f"{self._desktop.url.partition('#')[0].rstrip('/')}/phone")

    async def _network(self, page: Page) -> None:
        await self._phone.set_offline(True)
        self._go_on.set()
        await page.wait_for_timeout(1_500)
        await self._phone.set_offline(False)

    async def _lost(self, page: Page) -> None:
        await page.evaluate(_DEAD, "lost")

    async def _slow(self, page: Page) -> None:
        await page.evaluate(_DEAD, "slow")

    async def _refused(self, page: Page) -> None:
        await page.evaluate(_DEAD, "refused")

    async def _full(self, page: Page) -> None:
        devtools = await self._phone.new_cdp_session(page)
        origin = await page.evaluate("location.origin")
        await devtools.send("Storage.overrideQuotaForOrigin", {"origin": origin, "quotaSize": 1})

    async def _clock(self, page: Page) -> None:
        await page.evaluate("() => { const { now } = Date; Date.now = () => now.call(Date) + 13 * 3600000; }")

    async def _renewed(self, page: Page) -> None:
        del page
        await new_code(self._desktop)

    async def _scan_other(self) -> Page:
        page = self.page = await self._phone.new_page()
        await page.goto(await new_code(self._stranger))
        await page.locator("h1").wait_for()
        await page.wait_for_timeout(300)
        return page

    async def _other(self, page: Page) -> None:
        del page
        await self._scan_other()

    async def _destroyed(self, page: Page) -> None:
        other = await self._scan_other()
        destroy = other.get_by_role("button", name=re.compile("^Destroy .* and open this patient"))
        if await destroy.count():
            await destroy.click()
            await other.get_by_role("banner").wait_for()
            # The first page comes back into view.
            self._go_on.set()
            self.page = page
            await page.bring_to_front()
            await page.wait_for_timeout(300)

    async def _finish(self, outcome: Outcome, photo: bytes) -> None:
        """Go on as a clinician does who reads what the page says, until the photo is on the desktop or said not to be."""
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        over = False
        while not over and loop.time() < end:
            # A page says by no event that it has changed.
            await asyncio.sleep(0.15)
            over = await self._next(outcome, photo)
        outcome.here = len(await pictures(self._desktop))
        outcome.elsewhere = len(await pictures(self._stranger))

    async def _next(self, outcome: Outcome, photo: bytes) -> bool:
        """Do the next thing; True if there is none."""
        page = self.page
        assert page is not None
        try:
            outcome.shown = text = await page.evaluate(_SHOWN)
        except Error:
            return False  # it is being opened again
        outcome.told += [each for each in _TOLD.findall(text) if each not in outcome.told]
        if "destroyed when this phone" in text or await self._is_over(page, outcome, text):
            return True
        for name in ("Go back to", "Add to this session", "Try", "Send 1 photo"):
            if await self._press(page, name):
                return False
        if "ZAC4101" in text or _ENDED.search(text):
            page = self.page = await self._phone.new_page()
            await page.goto(await new_code(self._desktop))
            await page.locator("h1").first.wait_for()
        elif not outcome.taken and await page.get_by_label("Camera app").count():
            await take(page, photo)
            outcome.taken = True
        return False

    async def _is_over(self, page: Page, outcome: Outcome, text: str) -> bool:
        if re.search("could not be sent", text) and not await page.get_by_role("button", name="Try").count():
            return True
        arrived = len(await pictures(self._desktop)) > 0
        if arrived and re.search(r"^The photo is on the desktop|^Photo on the desktop", text, re.MULTILINE):
            return True
        # Nothing is here, nothing is on its way, and nothing arrived: it was lost.
        is_empty = outcome.taken and not arrived and "Take as many photos as you need" in text
        self._empty = self._empty + 1 if is_empty else 0
        return self._empty > 20

    async def _press(self, page: Page, name: str) -> bool:
        button = page.get_by_role("button", name=name)
        with contextlib.suppress(Error):
            if await button.count():
                await button.first.click(timeout=1_000)
                return True
        return False


async def take(page: Page, photo: bytes) -> None:
    """Take a photo with the phone's own camera app."""
    async with page.expect_file_chooser() as chooser:
        await page.locator("label", has_text="Camera app").click()
    await (await chooser.value).set_files(shot(photo))


class Trial:
    """A surgery with two patients' desktops, and phones that have bad luck."""

    def __init__(self, surgery: Surgery, phones: Browser, desktop: Page, other: Page) -> None:
        """`phones` has no page but a phone's, because all its tabs may be killed."""
        self._surgery, self._phones, self._desktop, self._other = surgery, phones, desktop, other
        self._seed = 0

    async def run(self, step: str, fault: str) -> Outcome:
        """One photo, one step, one fault."""
        self._seed += 1
        large = step == "original"
        photo = make_jpeg(width=3200 if large else 800, height=2400 if large else 600, seed=self._seed)
        outcome = Outcome(step, fault)
        async with phone_of(self._phones) as phone:
            await Walk(self._phones, phone, self._desktop, self._other).run(outcome, photo)
        await self._clear()
        return outcome

    async def _clear(self) -> None:
        for desktop in (self._desktop, self._other):
            await desktop.evaluate(
                "async () => { for (const { id } of (await (await fetch('/api/images')).json()).images)"
                " await fetch(`/api/images/${id}`, { method: 'DELETE' }); }"
            )


@asynccontextmanager
async def trial(surgery: Surgery, desktops: Browser, phones: Browser) -> AsyncIterator[Trial]:
    """Two patients are open on two desktops."""
    async with surgery.desktop(desktops) as desktop, surgery.desktop(desktops, ANOTHER) as other:
        yield Trial(surgery, phones, desktop, other)
