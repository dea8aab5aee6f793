"""axe-core in a page: what it finds against WCAG 2.2 AA and its best practices, in words."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const found = await axe.run(document, {
    iframes: false,
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
  });
  return found.violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map((node) => node.html) }));
}"""
# A spinner never ends, so nothing waits for it.
_SETTLED = """() => Promise.allSettled(
  document.getAnimations()
    .filter((each) => Number.isFinite(each.effect.getComputedTiming().endTime))
    .map((each) => each.finished))"""


async def violations(page: Page) -> list[dict[str, Any]]:
    """Return what axe-core objects to on the page as it is now, and in every frame in it."""
    found: list[dict[str, Any]] = []
    for frame in page.frames:
        if frame.url == "about:blank":
            continue
        # Through the debugger and not a <script>: the page's policy allows no foreign script, and must not.
        await frame.evaluate(AXE.read_text())
        found += await frame.evaluate(_RUN)
    return found


async def assert_accessible(page: Page, state: str) -> None:
    """Both in the light and in the dark."""
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        # Colours fade over; what is measured must have arrived.
        for frame in page.frames:
            await frame.evaluate(_SETTLED)
        found = await violations(page)
        assert found == [], f"{state}, {scheme}: {found}"
