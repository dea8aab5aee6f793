"""axe-core in a page: what it finds against WCAG 2.2 AA and its best practices, in words."""

from pathlib import Path
from typing import Any, Final, Literal

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
_ALL = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The rules that look at colours; all others see the same in the dark as in the light.
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_RUN = """async (runOnly) => {
  const found = await axe.run(document, { iframes: false, runOnly });
  return found.violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
}"""
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
# A spinner never ends, so nothing waits for it.
_SETTLED = """() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime))
    .map((each) => each.finished))"""


async def violations(page: Page, *, colours_only: bool = False) -> list[dict[str, Any]]:
    """Return what axe-core objects to on the page as it is now, and in every frame in it."""
    found: list[dict[str, Any]] = []
    for frame in page.frames:
        if frame.url == "about:blank":
            continue
        # Through the debugger and not a <script>: the page's policy allows no foreign script, and must not.
        if not await frame.evaluate("'axe' in window"):
            await frame.evaluate(AXE.read_text())
        found += await frame.evaluate(_RUN, _COLOURS if colours_only else _ALL)
    return found


async def assert_accessible(page: Page, state: str) -> None:
    """Both in the light and in the dark."""
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # Colours fade over; what is measured must have arrived.
        for frame in page.frames:
            await frame.evaluate(_SETTLED)
        found = await violations(page, colours_only=scheme != SCHEMES[0])
        assert found == [], f"{state}, {scheme}: {found}"
