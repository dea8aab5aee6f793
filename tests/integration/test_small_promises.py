"""Small things that callers rely on: HEAD, Allow, unreadable requests, contradictions, and work that isn't thrown away."""

import asyncio
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from image_files import make_jpeg
from running import BrowserSession

pytestmark = pytest.mark.anyio


async def test_a_refused_method_says_which_ones_there_are(browser: BrowserSession) -> None:
    for path, allowed in (("/api/images", "GET, HEAD, POST"), ("/api/handoff", "DELETE, GET, HEAD, POST")):
        reply = await browser.client.put(path)
        assert (reply.status_code, reply.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("body", [b"{", b'{"label": "\xff"}', b"[]"])
async def test_unreadable_json_is_one_sentence(browser: BrowserSession, body: bytes) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    reply = await browser.client.patch(
        f"/api/images/{image_id}", content=body, headers={"Content-Type": "application/json"}
    )
    assert reply.status_code in {400, 422}
    assert reply.json()["detail"].endswith("Reload the page and try again.")


async def test_a_text_that_is_too_long_is_said_in_plain_words(browser: BrowserSession) -> None:
    await browser.launch()
    added = await browser.add(make_jpeg(seed=1))
    reply = await browser.client.patch(f"/api/images/{added['id']}", json={"label": "x" * 61})
    assert [error["message"] for error in reply.json()["errors"]] == [
        "At most 60 characters are possible here. Shorten the text."
    ]


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"G\x00T / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ],
    ids=["long", "method", "length"],
)
async def test_what_the_parser_refuses_is_a_problem_with_a_reference(
    browser: BrowserSession, request_head: bytes
) -> None:
    address = urlsplit(browser.origin)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(request_head)
    answer = await asyncio.wait_for(reader.read(), 10.0)
    writer.close()
    if not answer:
        return  # closed because of its size, before it was parsed
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in head
    problem = json.loads(body)
    assert f"x-correlation-id: {problem['correlationId']}".encode() in head
    assert problem["type"] == f"{browser.origin}/problems/bad-request"


@pytest.mark.parametrize(
    "details",
    [
        {"bodySite": {"code": "14975008", "display": "Hand"}},
        {"bodySite": {"code": "14975008", "text": "Left foot"}},
        {"laterality": {"code": "7771000", "display": "Right"}},
        {"bodySite": {"text": "\u200b\u2060"}},
    ],
)
async def test_a_code_and_words_that_contradict_each_other_are_refused(
    browser: BrowserSession, details: dict[str, Any]
) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    path = f"/api/images/{image_id}"
    assert (await browser.client.patch(path, json={"label": "Mole 1"})).status_code == 200
    assert (await browser.client.patch(path, json=details)).status_code == 422
    agreeing = {
        "bodySite": {"code": "14975008", "display": "forearm"},
        "laterality": {"code": "7771000", "display": "Left"},
    }
    assert (await browser.client.patch(path, json=agreeing)).status_code == 200


async def test_a_task_can_not_be_due_in_the_past(browser: BrowserSession) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    await browser.describe(image_id)
    reply = await browser.client.post(
        "/api/commits",
        json={
            "imageIds": [image_id],
            "task": {"assigneeId": "9bf0832786e2293848942167532e0a91", "due": "2020-01-01"},
        },
        headers={"Idempotency-Key": "late"},
    )
    assert reply.status_code == 422
    assert "day that is over" in reply.json()["detail"]


async def test_an_edit_of_a_photo_that_was_filed_meanwhile_is_kept(browser: BrowserSession) -> None:
    await browser.launch()
    image_id = (await browser.add(make_jpeg(seed=1)))["id"]
    await browser.describe(image_id)
    await browser.file(image_id)
    reply = await browser.client.post(
        f"/api/images/{image_id}/edits", content=make_jpeg(seed=2), headers={"Content-Type": "image/jpeg"}
    )
    assert reply.status_code == 201
    edited = reply.json()
    assert (edited["derivedFrom"], edited["state"]) == (image_id, "staged")
    commit = await browser.file(edited["id"], key="edit")
    assert commit["images"][0]["state"] == "committed"
    [original, copy] = [each["resource"] for each in browser.sandbox.resources()]
    assert copy["relatesTo"][0]["target"]["reference"].endswith(original["id"])
    assert copy["description"] != original["description"]
