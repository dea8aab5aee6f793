"""HEAD answers wherever GET does, with the same status and headers, without a body, and uses nothing up."""

import re

import httpx2
import pytest

from running import BrowserSession

pytestmark = pytest.mark.anyio

# Differ by request or by the moment.
OWN = {"x-correlation-id", "date", "content-length", "etag", "server-timing"}


async def test_every_get_answers_head(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    image = await browser.add(photo)
    known = {"image_id": image["id"], "slug": "not-found", "name": "days", "size": "thumb"}
    described = (await browser.operator("/openapi.json")).json()["paths"]
    asked = {
        re.sub(r"{(\w+)}", lambda named: known.get(named[1], "0"), path)
        for path, calls in described.items()
        if "get" in calls
    } - {"/api/events", "/launch"}
    assert len(asked) > 20
    for path in sorted(asked | {"/", "/phone", "/assets/none.js", "/nowhere"}):
        got = await browser.operator(path)
        head = await browser.client.head(path, headers=got.request.headers)
        assert head.status_code == got.status_code, path
        assert head.content == b""
        assert shared(head.headers) == shared(got.headers), path


async def test_head_starts_no_stream_and_uses_no_launch_up(browser: BrowserSession) -> None:
    query = browser.sandbox.launch_url().partition("?")[2]
    assert (await browser.client.head(f"/launch?{query}")).status_code == 200
    assert (await browser.client.get(f"/launch?{query}")).status_code == 303
    for _ in range(30):  # more than the streams that a session may have
        stream = await browser.client.head("/api/events")
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")


def shared(headers: httpx2.Headers) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in OWN}
