"""What a page comes to: it draws a moment after the window, a key or the server changed something, and a busy machine later."""

import asyncio
from typing import Final, Protocol

from playwright.async_api import Error, Locator

FITS: Final = "document.documentElement.scrollWidth <= innerWidth"
"""Nothing hangs over the side."""
_PATIENCE: Final = 20.0
_LOOK: Final = 0.05


class Asked(Protocol):
    """A page, a frame or an element."""

    async def evaluate(self, expression: str) -> object: ...


async def comes_to(asked: Asked, expression: str, wanted: object = True) -> object:
    """What the expression comes to: `wanted`, or what it still is when patience is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + _PATIENCE
    while (found := await asked.evaluate(expression)) != wanted and loop.time() < end:  # noqa: ASYNC110 - no event says so
        await asyncio.sleep(_LOOK)
    return found


async def try_each(buttons: Locator) -> None:
    """Go to each as if to press it: from the first again where others are offered by then."""
    while True:
        offered = await buttons.all_inner_texts()
        try:
            for number in range(len(offered)):
                await buttons.nth(number).click(trial=True)
        except Error:
            if await buttons.all_inner_texts() == offered:
                raise
            continue
        if await buttons.all_inner_texts() == offered:
            return
