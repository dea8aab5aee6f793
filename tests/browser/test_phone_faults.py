"""A small part of what scripts/bench phone_faults tries: nothing lost without a word, twice, or under another patient."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from browser.conftest import chromium
from browser.phone_faults import FAULTS, STEPS, trial
from browser.phones import Surgery

pytestmark = pytest.mark.anyio

# Where each costs most.
TRIED = [
    ("choose", "kill"),
    ("release", "network"),
    ("ahead", "renewed"),
    ("send", "destroyed"),
]


@pytest.fixture
async def phones() -> AsyncIterator[Browser]:
    """A browser of its own, because all its tabs may be killed."""
    async with async_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield browser
        await browser.close()


async def test_no_fault_loses_doubles_or_misplaces_a_photo(
    browser: Browser, surgery: Surgery, phones: Browser
) -> None:
    assert {step for step, _ in TRIED} <= set(STEPS)
    assert {fault for _, fault in TRIED} <= set(FAULTS)
    async with trial(surgery, browser, phones) as tried:
        for step, fault in TRIED:
            outcome = await tried.run(step, fault)
            assert outcome.wrong == "", f"{fault} at {step}: {outcome.told}\n{outcome.shown}"
