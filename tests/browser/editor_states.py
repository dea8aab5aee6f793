"""The states of the editor: while it opens, when it can't, open, and left."""

from playwright.async_api import Page, Route, expect

from browser import trees
from browser.walks import Start, State, described, held

LIBRARY = "**/assets/Editor-*.js"


async def editor_fetching_picture(start: Start) -> Page:
    await start.context.route("**/content?size=full", held)
    return await _opening(start)


async def editor_fetching_library(start: Start) -> Page:
    await start.context.route(LIBRARY, held)
    return await _opening(start)


async def _pressed(start: Start) -> Page:
    widget = await described(start, "Forearm")
    await widget.get_by_role("button", name="Edit", exact=True).click()
    return widget


async def _opening(start: Start) -> Page:
    widget = await _pressed(start)
    await expect(widget.get_by_text("Opening the editor…")).to_be_visible()
    return widget


async def editor_without_picture(start: Start) -> Page:
    await start.context.route("**/content?size=full", lambda route: route.abort())
    return await _refused(start, "The photo could not be opened for editing")


async def editor_without_library(start: Start) -> Page:
    await start.context.route(LIBRARY, lambda route: route.abort())
    return await _refused(start, "The editor could not be loaded")


async def editor_without_pixels(start: Start) -> Page:
    async def garbled(route: Route) -> None:
        reference = {"X-Correlation-Id": "f4a5c6de-0000-4000-8000-000000000000"}
        await route.fulfill(content_type="image/jpeg", body=b"not a photo", headers=reference)

    await start.context.route("**/content?size=full", garbled)
    widget = await described(start, "Forearm")
    await widget.get_by_role("button", name="Edit", exact=True).click()
    await expect(widget.get_by_text("This browser can't open the photo for editing")).to_be_visible()
    return widget


async def _refused(start: Start, words: str) -> Page:
    widget = await described(start, "Forearm")
    await widget.get_by_role("button", name="Edit", exact=True).click()
    messages = widget.get_by_role("log", name="Messages")
    await expect(messages).to_contain_text(words)
    await expect(messages.get_by_role("button", name="Try again")).to_be_visible()
    return widget


async def editor(start: Start) -> Page:
    widget = await _pressed(start)
    await expect(widget.get_by_role("application")).to_be_visible()
    return widget


async def editor_leaving(start: Start) -> Page:
    widget = await editor(start)
    await expect(widget.get_by_role("application")).to_be_focused()
    for key in ("a", "Enter", "Escape"):
        await widget.keyboard.press(key)
    await widget.get_by_role("button", name="Cancel").click()
    await expect(widget.get_by_role("alertdialog")).to_be_visible()
    return widget


EDITOR = [
    State(editor_fetching_picture, ("EditorDialog",), trees.EDITOR_OPENING),
    State(editor_fetching_library, reads=trees.EDITOR_OPENING),
    State(editor_without_picture, reads=trees.EDITOR_REFUSED),
    State(editor_without_library, reads=trees.EDITOR_REFUSED),
    State(editor_without_pixels, reads=trees.EDITOR_UNREADABLE),
    State(editor),
    State(editor_leaving, ("Leaving",), trees.LEAVING),
]
