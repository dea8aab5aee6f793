"""The editor in a real browser: opening it, drawing in it, saving, and what came of it."""

import io
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, expect

from browser.test_journey import open_patient, press_icon
from image_files import make_jpeg

Pixels = NDArray[np.uint8]
MARGIN = 14
"""What the editor leaves free around the photo, in CSS pixels (widget/src/editor/state/editorState.ts)."""


async def launched(context: BrowserContext, desk: Page, *, width: int = 1600, height: int = 1200) -> Page:
    """The widget with one photo that has its body site."""
    await open_patient(desk, "TESTING")
    widget = await press_icon(context, desk)
    content = make_jpeg(width=width, height=height, seed=width)
    picture = FilePayload(name="IMG_0001.jpg", mimeType="image/jpeg", buffer=content)
    await widget.get_by_label("Add photos").first.set_input_files([picture])
    await widget.get_by_text("Forearm", exact=True).click()
    await expect(widget.get_by_text("Needs body site")).to_be_hidden()
    # It can be described while it uploads, and edited once it is here.
    await expect(widget.get_by_role("button", name="Edit", exact=True)).to_be_visible(timeout=60_000)
    return widget


async def opened(widget: Page) -> Locator:
    """The editor, opened by its key; returns the photo in it."""
    await widget.get_by_role("button", name="Previous photo").focus()
    await widget.keyboard.press("e")
    picture = widget.get_by_role("application")
    # Fetched, and 12 megapixels decoded.
    await expect(picture).to_be_focused(timeout=30_000)
    return picture


async def images(widget: Page) -> list[dict[str, Any]]:
    listed = await widget.request.get(f"{widget.url}api/images")
    found: list[dict[str, Any]] = (await listed.json())["images"]
    return found


async def pixels(widget: Page, image: dict[str, Any]) -> Pixels:
    reply = await widget.request.get(f"{widget.url}api/images/{image['id']}/content")
    return np.asarray(Image.open(io.BytesIO(await reply.body())).convert("RGB"))


async def drag(widget: Page, picture: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """From one place to another, each a share of the photo's area on the screen."""
    await settled(widget)
    box = await picture.bounding_box()
    assert box is not None
    for number, (right, down) in enumerate((start, end)):
        x, y = box["x"] + box["width"] * right, box["y"] + box["height"] * down
        await widget.mouse.move(x, y, steps=1 if number == 0 else 5)
        await (widget.mouse.down() if number == 0 else widget.mouse.up())


async def save(widget: Page) -> None:
    await widget.get_by_role("button", name="Save as a copy").click()
    await expect(widget.get_by_role("application")).to_be_hidden(timeout=30_000)


async def settled(widget: Page) -> None:
    """What was pressed last has been drawn, and the photo has the room that is left."""
    await widget.evaluate("new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


async def said(widget: Page, words: str) -> None:
    """The editor's live region says it."""
    await expect(editor(widget).get_by_role("status").filter(has_text=words)).to_be_attached()


def tool(widget: Page, name: str) -> Locator:
    return widget.get_by_role("toolbar", name="Tools").get_by_role("button", name=name)


def editor(widget: Page) -> Locator:
    return widget.get_by_role("dialog", name=re.compile("Edit photo"))


def drawn(widget: Page) -> Locator:
    """The list of marks."""
    return widget.get_by_role("list", name="Drawn so far").get_by_role("button")


def psnr(one: Pixels, other: Pixels, mask: NDArray[np.bool_] | None = None) -> float:
    """Peak signal-to-noise ratio in dB over the pixels where `mask` holds."""
    squares = (one.astype(np.int16) - other).astype(np.int32) ** 2
    error = float(np.mean(squares if mask is None else squares[mask]))
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def changed(before: Pixels, after: Pixels) -> tuple[slice, slice]:
    """The rows and columns between which anything differs by more than an encoder does."""
    where = np.abs(after.astype(np.int16) - before).max(axis=2) > 40
    rows, columns = np.flatnonzero(where.any(axis=1)), np.flatnonzero(where.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


@dataclass(frozen=True)
class Board:
    """Where on the page the image being edited is, shown whole or enlarged about its middle."""

    left: float
    top: float
    width: float
    height: float
    zoom: float
    """CSS pixels for one pixel of the photo."""

    def at(self, right: float, down: float) -> tuple[float, float]:
        """A place on the page, by pixels of the photo from its middle."""
        return (
            self.left + self.width / 2 + right * self.zoom,
            self.top + self.height / 2 + down * self.zoom,
        )


async def board(widget: Page, picture: Locator, size: tuple[int, int]) -> Board:
    """The board as it is now; `size` is the photo's."""
    await settled(widget)
    box = await picture.bounding_box()
    assert box is not None
    enlarged = await widget.get_by_role("button", name="Show the whole photo").inner_text()
    fit = min((box["width"] - 2 * MARGIN) / size[0], (box["height"] - 2 * MARGIN) / size[1])
    return Board(box["x"], box["y"], box["width"], box["height"], fit * float(enlarged.split()[0]) / 100)
