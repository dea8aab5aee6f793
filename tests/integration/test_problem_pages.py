"""The type of every problem is an address that opens on the gateway, and says what the error means."""

from html import escape
from urllib.parse import urlsplit

import pytest

from clinicpro_images.web.problem_pages import known_problems
from error_tree import errors
from running import BrowserSession

pytestmark = pytest.mark.anyio


async def test_the_type_of_a_problem_opens(browser: BrowserSession) -> None:
    refused = [
        await browser.client.get("/api/session"),
        await browser.client.get("/api/nowhere"),
        await browser.client.get("/launch"),
        await browser.client.post("/healthz"),
        await browser.client.post("/api/handoff/claim", json={"token": 1}),
        await browser.client.post("/api/images", headers={"Origin": "https://elsewhere.example.nz"}),
    ]
    for reply in refused:
        problem = reply.json()
        assert problem["type"].startswith(f"{browser.origin}/problems/")
        page = await browser.other_browser().get(problem["type"])
        assert page.status_code == 200, problem
        assert urlsplit(problem["type"]).path.rpartition("/")[2] in page.text
        assert "text/html" in page.headers["content-type"]


async def test_every_error_has_its_page(browser: BrowserSession) -> None:
    listed = (await browser.client.get("/problems")).text
    for error in errors():
        assert f'href="/problems/{error.slug}"' in listed, error
        page = await browser.client.get(f"/problems/{error.slug}")
        assert page.status_code == 200, error
        # The page never denies what its own first sentence says to do.
        assert ("Does trying again help?" in page.text) == known_problems()[error.slug].retryable
        assert f"<h1>{escape(known_problems()[error.slug].title)}</h1>" in page.text


async def test_an_unknown_error_is_not_found_and_its_name_is_not_repeated(browser: BrowserSession) -> None:
    page = await browser.client.get("/problems/<script>", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert "<script>" not in page.text
