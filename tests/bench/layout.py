"""`scripts/bench layout`: whether the patient stays in sight, in every size, appearance, size of text and dialog.

The demo on loopback and real Chromium, for 0, 1, 3 and 20 photos in five windows, light and dark, with text at 100, 200 and
400 % (the browser's own setting), on the page and in its dialogs and the editor. After the wheel, End, Tab and a resize
the document must not have scrolled and the banner has to be at the top; at 400 % the name is one line. In the panel
the page's own bars take at most a quarter of the height.
"""

import argparse
import asyncio
import sys

from playwright.async_api import Browser, Page, async_playwright
from rich.console import Console

from browser.conftest import chromium
from browser.layout import DIALOGS, NEED_PHOTO, NEED_ROOM, PHOTOS, SIZES, chrome_share, faults, in_dialog
from browser.walks import Start, add, launched, say_site
from demo import running_demo
from running import Sandbox

TEXT = (100, 200, 400)
PANEL = (518, 624)
MOST_CHROME = 0.25
_PIXELS = 16


def main() -> None:
    """Look everywhere and print what is wrong; exit 1 if anything is."""
    parser = argparse.ArgumentParser(prog="scripts/bench layout", description=__doc__)
    parser.add_argument("--text", type=int, nargs="*", default=list(TEXT), help="sizes of text in per cent")
    parser.add_argument("--photos", type=int, nargs="*", default=list(PHOTOS))
    options = parser.parse_args()
    looked, found = asyncio.run(look_everywhere(options.text, options.photos))
    console = Console(soft_wrap=True, highlight=False)
    for each in found:
        console.print(each)
    console.print(f"{looked} pages and dialogs looked at, {len(found)} faults")
    sys.exit(1 if found else 0)


async def look_everywhere(texts: list[int], photos: list[int]) -> tuple[int, list[str]]:
    """Return how many pages and dialogs were looked at, and what was wrong."""
    looked = 0
    found: list[str] = []
    with running_demo() as evolution:
        async with async_playwright() as playwright:
            path = chromium()
            for text in texts:
                flags = [
                    "--no-sandbox",
                    "--disable-gpu",
                    f"--blink-settings=defaultFontSize={_PIXELS * text // 100}",
                ]
                browser = await playwright.chromium.launch(executable_path=path, args=flags)
                for count in photos:
                    more, wrong = await with_photos(browser, evolution, text, count)
                    Console(stderr=True).print(
                        f"{text} %, {count} photos: {more} looked at, {len(wrong)} faults"
                    )
                    looked, found = looked + more, found + wrong
                await browser.close()
    return looked, found


async def with_photos(browser: Browser, evolution: str, text: int, count: int) -> tuple[int, list[str]]:
    """All windows with so many photos, in one session."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-NZ")
    sandbox = Sandbox({"MEDTECH_API_BASE_URL": evolution.removesuffix("/evolution") + "/FHIR"})
    page = await launched(Start(context, await context.new_page(), sandbox))
    if count:
        await add(page, count)
        await say_site(page)
    looked = 0
    found: list[str] = []
    for width, height in SIZES:
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)
            await page.set_viewport_size({"width": width, "height": height})
            wrong = await faults(page, one_line=text > 200)
            # The look doesn't depend on the colours: dialogs once for each window.
            names = dialogs(count) if scheme == "light" else []
            for name in names:
                wrong += await in_dialog(page, name, one_line=text > 200)
            looked += 1 + len(names)
            found += [f"{count} photos, {width} × {height}, {scheme}, {text} %, {each}" for each in wrong]
    found += [f"{count} photos, panel, {each}" for each in await in_panel(page, text)]
    await context.close()
    return looked + 1, found


def dialogs(count: int) -> list[str]:
    """Those that open with so many photos."""
    shut = (*(NEED_PHOTO if count == 0 else ()), *(NEED_ROOM if count == max(PHOTOS) else ()))
    return [name for name in DIALOGS if name not in shut]


async def in_panel(page: Page, text: int) -> list[str]:
    """The panel that Evolution shows in a window of 900 by 700."""
    await page.set_viewport_size({"width": PANEL[0], "height": PANEL[1]})
    wrong = await faults(page)
    share = await chrome_share(page)
    if text == TEXT[0] and share > MOST_CHROME:
        wrong.append(f"bars take {share:.0%}")
    return wrong


if __name__ == "__main__":
    main()
