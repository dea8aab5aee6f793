"""A surgery with a gateway that can be killed, its desktops, and the phones that scan their codes."""

import asyncio
import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Error, FilePayload, Page, expect

from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg, scene
from running import TESTING, Sandbox, running_sandbox

ANOTHER: Final = "6f85b5c92705044bd76ed8cf55887bdb"
SHIFTS: Final = """
  window.shifts = [];
  // hadRecentInput counts from when a finger touched, which a busy machine is late to answer; this, from the answer.
  let heard = -Infinity;
  for (const kind of ["click", "input"]) addEventListener(kind, () => { heard = performance.now(); }, true);
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) if (!each.hadRecentInput && each.startTime - heard > 500)
      window.shifts.push({ value: each.value, what: each.sources.map(({ node }) => node?.className ?? node?.nodeName) });
  }).observe({ type: "layout-shift", buffered: true });
"""
_KEPT: Final = """
  new Promise((resolve, reject) => {
    const opening = indexedDB.open("clinicpro-phone");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const drawers = [...database.objectStoreNames];
      if (drawers.length === 0) return resolve(0);
      const counts = drawers.map((name) => new Promise((counted) => {
        const asking = database.transaction(name).objectStore(name).count();
        asking.onsuccess = () => counted(asking.result);
      }));
      Promise.all(counts).then((all) => { database.close(); resolve(Math.max(...all)); });
    };
  })
"""


_CLEAR: Final = """
  async () => {
    try {
      const { images = [] } = await (await fetch("/api/images")).json();
      for (const { id } of images) await fetch(`/api/images/${id}`, { method: "DELETE" });
    } catch {}
  }
"""


@dataclass
class Surgery:
    """A sandbox, and a gateway as a program of its own."""

    sandbox: Sandbox
    gateway: GatewayProgram

    async def restart(self) -> None:
        """Start the gateway again after it was killed."""
        self.gateway.start()
        await self.gateway.ready()

    @asynccontextmanager
    async def desktop(self, browser: Browser, patient: str = TESTING) -> AsyncIterator[Page]:
        """Launch for a patient, in a browser of its own."""
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-NZ")
        page = await context.new_page()
        await self.launch(page, patient)
        try:
            yield page
        finally:
            # What is left unfiled would be there again at the patient's next launch, in another test.
            with suppress(Error):
                await page.evaluate(_CLEAR)
            await context.close()

    async def launch(self, page: Page, patient: str = TESTING) -> None:
        """Press Evolution's icon."""
        query = self.sandbox.launch_url(patient).partition("?")[2]
        await page.goto(f"{self.gateway.origin}/launch?{query}")
        # The page is there before the session is.
        await expect(page.get_by_role("banner")).to_contain_text("NHI")


_NEXT_FRAME: Final = (
    "() => new Promise((come) => document.querySelector('video').requestVideoFrameCallback(come))"
)
# Each is fetched with what it needs itself, and then imported from the browser's cache.
_IMPORTED = """() => {
  const files = performance.getEntriesByType("resource").filter((each) => each.initiatorType === "script");
  return ["Lightbox", "Viewfinder"].every((screen) => files.some(({ name }) => name.includes(`/${screen}-`)));
}"""


@asynccontextmanager
async def phone_of(browser: Browser, **settings: Any) -> AsyncIterator[BrowserContext]:
    """A phone: small, touched, with a storage of its own. A script error on its page fails the test."""
    phone = await browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="en-NZ", **settings
    )
    complaints: list[str] = []
    phone.on("weberror", lambda error: complaints.append(str(error.error)))
    await phone.add_init_script(SHIFTS)
    yield phone
    await phone.close()
    assert complaints == []


async def asked(page: Page, path: str, method: str = "GET") -> Any:
    """Ask the gateway as this page would."""
    return await page.evaluate(
        "async ([path, method]) => (await fetch(path, { method })).json().catch(() => null)", [path, method]
    )


async def new_code(desktop: Page) -> str:
    """The address in a new QR code."""
    url: str = (await asked(desktop, "/api/handoff", "POST"))["url"]
    return url


async def pictures(desktop: Page) -> list[dict[str, Any]]:
    """What the desktop's session holds."""
    held: list[dict[str, Any]] = (await asked(desktop, "/api/images"))["images"]
    return held


async def scan(phone: BrowserContext, url: str) -> Page:
    """Open a scanned address."""
    page = await phone.new_page()
    await page.goto(url)
    return page


async def all_loaded(page: Page) -> None:
    """Wait for the screens that are fetched behind the first one."""
    await page.wait_for_function(_IMPORTED)


async def next_frame(page: Page) -> None:
    """Wait until the pretended camera shows another picture: two photos of the same one would be one photo."""
    await page.evaluate(_NEXT_FRAME)


async def shoot(page: Page, picture: bytes, how: str = "Camera app") -> None:
    """Take a photo with the camera button of that name, and go back to all photos."""
    await page.get_by_label(how).set_input_files(shot(picture))
    await page.get_by_role("button", name="Back to all photos").click()


def shot(picture: bytes, name: str = "IMG_0001.jpg", kind: str = "image/jpeg") -> FilePayload:
    """What a camera hands to a file field."""
    return {"name": name, "mimeType": kind, "buffer": picture}


async def kept(page: Page) -> int:
    """How many shots the phone's storage holds, bytes and records."""
    count: int = await page.evaluate(_KEPT)
    return count


async def keeps(page: Page, count: int) -> None:
    """Wait until the phone's storage holds so many shots; it is written behind what is shown."""
    async with asyncio.timeout(20):
        while await kept(page) != count:  # noqa: ASYNC110 - a database sends no event
            await asyncio.sleep(0.1)


async def delivered(page: Page, desktop: Page, count: int) -> list[dict[str, Any]]:
    """Wait until the phone says that all is sent; nothing is left on it, and the desktop has each once."""
    words = "The photo is on the desktop" if count == 1 else f"{count} photos are on the desktop"
    await expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=30_000)
    # Originals follow their small copies.
    async with asyncio.timeout(60):
        while await kept(page):  # noqa: ASYNC110 - a database sends no event
            await asyncio.sleep(0.1)
    held = await pictures(desktop)
    assert len(held) == count
    return held


async def nothing_ahead(page: Page) -> None:
    """Let no photo go before Send is pressed."""
    await page.route("**/api/images?held=true", lambda route: route.abort())


@asynccontextmanager
async def slow_upload(page: Page, bytes_per_second: int = 20_000) -> AsyncIterator[None]:
    """Make the way up slow for a while, so that something can happen while a photo is on it."""
    devtools = await page.context.new_cdp_session(page)
    await devtools.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_per_second},
    )
    yield
    await devtools.detach()


def many_photos(count: int, *, width: int = 4032, height: int = 3024, quality: int = 80) -> list[bytes]:
    """That many 12-megapixel photos, each with a grey step of its own in the middle; cheap to make."""
    base = np.asarray(scene(width, height)).copy()
    made = []
    for number in range(count):
        top, left = height // 2, width // 2
        base[top : top + 400, left : left + 400] = grey_of(number)
        file = io.BytesIO()
        Image.fromarray(base).save(file, "JPEG", quality=quality)
        made.append(file.getvalue())
    return made


def grey_of(number: int) -> int:
    """The grey in the middle of photo `number` of `many_photos`."""
    return 12 * number


def small_photos(count: int) -> Sequence[bytes]:
    """Small photos that all differ."""
    return [make_jpeg(width=800, height=600, seed=seed) for seed in range(count)]


@asynccontextmanager
async def running_surgery(folder: Path, **more: str) -> AsyncIterator[Surgery]:
    """A sandbox and a gateway with its data in `folder`, and `more` in its environment."""
    with running_sandbox() as sandbox:
        port = free_port()
        environ = sandbox.environ | {
            "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CLINICPRO_DATA_DIR": str(folder),
            "CLINICPRO_SECRET_KEY": "phones in a browser, phones in a browser",
        }
        gateway = GatewayProgram(environ | more, folder, port)
        gateway.start()
        await gateway.ready()
        yield Surgery(sandbox, gateway)
        gateway.kill()
