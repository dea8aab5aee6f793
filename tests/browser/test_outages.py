"""The screen says what is wrong and until when; `scripts/bench outages` tries every fault, and times it."""

import pytest
from playwright.async_api import BrowserContext, Page

from browser.outages import said_during
from browser.walks import Start
from running import Sandbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("kind", ["429", "close"])
async def test_a_fault_is_said_here_and_on_the_next_patients_page(
    watched: BrowserContext, blank: Page, evolution: Sandbox, kind: str
) -> None:
    said = await said_during(Start(watched, blank, evolution), kind)
    assert "trying until" in said.words
    assert "trying until" in said.tray
