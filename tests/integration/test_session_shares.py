"""What one session may take counts by session: its desktop and every phone that it connects have one share together."""

from contextlib import AsyncExitStack

import httpx2
import pytest

from clinicpro_images.web.session_budget import IN_FLIGHT
from phones import phone_of
from running import BrowserSession

pytestmark = pytest.mark.anyio

OTHER_PATIENT = "94497821d8aa4ba5fbbbef7e68f1f66b"


async def open_stream(
    stack: AsyncExitStack, client: httpx2.AsyncClient, headers: dict[str, str] | None = None
) -> int:
    """Open an event stream that stays open as long as the stack."""
    stream = client.stream("GET", "/api/events", headers=headers)
    return (await stack.enter_async_context(stream)).status_code


async def test_a_session_gains_no_streams_by_connecting_phones(browser: BrowserSession) -> None:
    await browser.launch()
    other = browser.other_browser()
    await other.get(f"/launch?{browser.sandbox.launch_url(OTHER_PATIENT).partition('?')[2]}")
    phone = await phone_of(browser)
    named = {"X-ClinicPro-Phone": phone.id}
    async with AsyncExitStack() as stack:
        opened = [await open_stream(stack, browser.client) for _ in range(IN_FLIGHT["stream"] - 1)]
        opened.append(await open_stream(stack, phone.client, named))
        assert opened == [200] * IN_FLIGHT["stream"]
        assert await open_stream(stack, phone.client, named) == 429
        # Naming a phone that it isn't, or none, makes no difference.
        assert await open_stream(stack, phone.client) == 429
        assert await open_stream(stack, browser.client) == 429
        assert await open_stream(stack, other) == 200


async def test_a_phone_that_is_named_by_an_empty_word_is_not_named(browser: BrowserSession) -> None:
    await browser.launch()
    for headers, path in (({}, "/api/images?phone="), ({"X-ClinicPro-Phone": ""}, "/api/images")):
        assert (await browser.client.get(path, headers=headers)).status_code == 200
