"""Whether the patient stays in sight: the document never scrolls at the desk, and the banner is at the top of everything."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

SIZES = ((1920, 1080), (1440, 900), (1280, 800), (1024, 768), (900, 700))
PHOTOS = (0, 1, 3, 20)
TABS = 12
_SETTLE_MS = 120

# What the page looks like now. The banner is looked for where it is drawn: something over it would hide it as well.
_SEEN = """() => {
  const page = document.documentElement, banner = document.querySelector(".banner");
  const box = banner.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 4, box.top + 8];
  const dialog = [...document.querySelectorAll("dialog[open]")].at(-1);
  return {
    scrolled: Math.max(page.scrollTop, document.body.scrollTop, scrollY),
    longer: page.scrollHeight - innerHeight,
    wider: page.scrollWidth - innerWidth,
    top: box.top,
    covered: dialog ? Math.max(0, box.bottom - dialog.getBoundingClientRect().top) > 1
      : !banner.contains(document.elementFromPoint(x, y)),
    lines: Math.round(banner.querySelector("h1").getBoundingClientRect().height /
      parseFloat(getComputedStyle(banner.querySelector("h1")).lineHeight)),
  };
}"""

_CHROME = """() => [".banner", ".bars", ".action-bar"]
  .map((each) => document.querySelector(each)?.getBoundingClientRect().height ?? 0)
  .reduce((sum, height) => sum + height, 0) / innerHeight"""


async def look(page: Page, when: str, *, one_line: bool = False) -> list[str]:
    """What is wrong now, and half a second later still: a slow machine draws the new size late."""
    if not await _wrong(page, one_line):
        return []
    await page.wait_for_timeout(500)
    wrong = await _wrong(page, one_line)
    return [f"{when}: {', '.join(wrong)}"] if wrong else []


async def _wrong(page: Page, one_line: bool) -> list[str]:
    seen = await page.evaluate(_SEEN)
    wrong = [f"{name} {seen[name]}" for name in ("scrolled", "longer", "wider") if seen[name] > 0]
    if abs(seen["top"]) > 0:
        wrong.append(f"banner at {seen['top']}")
    if seen["covered"]:
        wrong.append("banner covered")
    if one_line and seen["lines"] > 1:
        wrong.append(f"name on {seen['lines']} lines")
    return wrong


async def faults(page: Page, *, one_line: bool = False) -> list[str]:
    """What is wrong after the wheel over each part, End, and Tab through the page; of a dialog, in the dialog."""
    found = await look(page, "at first", one_line=one_line)
    window = page.viewport_size or {"width": 0, "height": 0}
    for part in (0.1, 0.5, 0.9):
        await page.mouse.move(window["width"] * part, window["height"] * 0.6)
        await page.mouse.wheel(0, 3000)
        await page.wait_for_timeout(_SETTLE_MS)
        found += await look(page, f"after the wheel at {part:.0%}", one_line=one_line)
    await page.keyboard.press("End")
    await page.wait_for_timeout(_SETTLE_MS)
    found += await look(page, "after End", one_line=one_line)
    for _ in range(TABS):
        await page.keyboard.press("Tab")
    await page.wait_for_timeout(_SETTLE_MS)
    found += await look(page, "after Tab", one_line=one_line)
    await page.set_viewport_size({"width": window["width"] - 140, "height": window["height"] - 90})
    await page.set_viewport_size({"width": window["width"], "height": window["height"]})
    await page.wait_for_timeout(_SETTLE_MS)
    return found + await look(page, "after a resize", one_line=one_line)


async def chrome_share(page: Page) -> float:
    """How much of the window's height the banner, the bars and the action bar take."""
    share: float = await page.evaluate(_CHROME)
    return share


async def _help(page: Page) -> None:
    button = page.get_by_role("button", name="Keyboard help")
    if await button.is_visible():
        await button.click()
    else:  # a page enlarged four times keeps its banner to one line
        await page.locator("body").click(position={"x": 1, "y": 1})
        await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()


async def _commands(page: Page) -> None:
    await page.keyboard.press("Control+k")


async def _phone(page: Page) -> None:
    await page.get_by_role("button", name="Phone", exact=True).click()
    await expect(page.get_by_role("img", name="QR code")).to_be_visible()


async def _webcam(page: Page) -> None:
    await page.get_by_role("button", name="Webcam").click()


async def _review(page: Page) -> None:
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_role("dialog", name="Review before filing")).to_be_visible()


async def _editor(page: Page) -> None:
    await page.get_by_role("button", name="Edit", exact=True).click()
    await expect(page.get_by_role("application")).to_be_visible()


# The review and the editor need a photo; the review a described one.
DIALOGS: dict[str, Callable[[Page], Awaitable[None]]] = {
    "help": _help,
    "commands": _commands,
    "phone": _phone,
    "webcam": _webcam,
    "review": _review,
    "editor": _editor,
}
NEED_PHOTO = ("review", "editor")
# A full session takes no further photo, and an edited copy is one.
NEED_ROOM = ("webcam", "editor")


async def in_dialog(page: Page, name: str, *, one_line: bool = False) -> list[str]:
    """The same with this dialog open; it is closed afterwards."""
    await DIALOGS[name](page)
    await page.wait_for_timeout(_SETTLE_MS)
    found = await faults(page, one_line=one_line)
    while await page.locator("dialog[open]").count():
        await page.keyboard.press("Escape")
        await page.wait_for_timeout(_SETTLE_MS)
    return [f"{name}, {each}" for each in found]
