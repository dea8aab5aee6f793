"""Edited copies: separate images that name their original, here and in the record."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from clinicpro_images.db.tables import audit
from databases import on_both
from image_files import make_jpeg
from running import FOREARM, BrowserSession, Sandbox
from statements import rows

pytestmark = pytest.mark.anyio

DETAILS: dict[str, Any] = {
    "bodySite": FOREARM,
    "laterality": {"code": "7771000"},
    "view": "close-up",
    "type": "lesion",
    "label": "Mole 1",
    "notes": "Grown since winter",
    "takenAt": "2026-11-20T09:00:00+13:00",
    "consent": {"by": "patient", "scope": "record"},
    "sensitive": True,
}


def make_image(seed: int) -> bytes:
    return make_jpeg(width=400, height=300, seed=seed)


async def edit(browser: BrowserSession, image_id: str, seed: int, *, status: int = 201) -> dict[str, Any]:
    reply = await browser.client.post(
        f"/api/images/{image_id}/edits", content=make_image(seed), headers={"Content-Type": "image/jpeg"}
    )
    assert reply.status_code == status, reply.text
    answered: dict[str, Any] = reply.json()
    return answered


async def original(browser: BrowserSession) -> str:
    added = await browser.add(make_image(1))
    await browser.describe(added["id"], **DETAILS)
    return str(added["id"])


def relations(sandbox: Sandbox) -> list[Any]:
    return [each["resource"].get("relatesTo") for each in sandbox.resources()]


def link(sandbox: Sandbox, document: dict[str, Any]) -> list[dict[str, Any]]:
    reference = f"{sandbox.origin}/fhir/DocumentReference/{document['id']}"
    return [{"code": "transforms", "target": {"reference": reference}}]


@on_both
async def test_an_edited_copy_is_a_new_image_with_the_originals_details(browser: BrowserSession) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)

    before = (await browser.client.get(f"/api/images/{first}")).json()
    assert copy["id"] != first
    assert copy["derivedFrom"] == first
    assert before["derivedFrom"] is None
    kept = [
        "title",
        "label",
        "bodySite",
        "laterality",
        "view",
        "type",
        "notes",
        "takenAt",
        "consent",
        "sensitive",
    ]
    assert {name: copy[name] for name in kept} == {name: before[name] for name in kept}
    assert copy["state"] == before["state"] == "staged"
    listed = (await browser.client.get("/api/images")).json()["images"]
    assert [each["id"] for each in listed] == [first, copy["id"]]
    recorded = await rows(browser.gateway.database, select(audit).where(audit.c.action == "image.edited"))
    assert [row.subject for row in recorded] == [copy["id"]]


async def test_a_phone_can_not_add_an_edited_copy(browser: BrowserSession) -> None:
    await browser.launch()
    first = await original(browser)
    headers = {"X-ClinicPro-Phone": "0" * 32, "Content-Type": "image/jpeg"}
    reply = await browser.client.post(f"/api/images/{first}/edits", content=make_image(2), headers=headers)
    assert reply.status_code == 403
    assert reply.json()["type"].endswith("phone-refused")


async def test_the_same_edit_sent_twice_is_one_image_and_an_edit_can_be_edited(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    assert (await edit(browser, first, 2, status=200))["id"] == copy["id"]
    assert (await edit(browser, copy["id"], 3))["derivedFrom"] == copy["id"]


async def test_an_edited_copy_must_be_an_image_and_counts_towards_the_limit(browser: BrowserSession) -> None:
    await browser.launch()
    first = await original(browser)
    reply = await browser.client.post(f"/api/images/{first}/edits", content=b"not a picture")
    assert reply.status_code == 415
    for seed in range(2, 21):
        await edit(browser, first, seed)
    assert (await edit(browser, first, 21, status=409))["type"].endswith("too-many-pictures")


async def test_only_images_of_this_session_can_be_edited(browser: BrowserSession) -> None:
    await browser.launch()
    staged = await browser.add(make_image(3))
    await browser.launch("6f85b5c92705044bd76ed8cf55887bdb")  # the same patient's would come along
    assert (await edit(browser, staged["id"], 4, status=404))["type"].endswith("not-found")


@on_both
async def test_an_original_and_its_copy_filed_together_are_linked_in_the_record(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    later = await edit(browser, copy["id"], 3)
    # The order in the request does not matter, and a transient fault only delays.
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "times": 1}]})
    commit = await browser.file(later["id"], copy["id"], first)

    assert [each["state"] for each in commit["images"]] == ["committed"] * 3
    one, two, three = sandbox.resources()
    assert relations(sandbox) == [None, link(sandbox, one), link(sandbox, two)]
    ids = [each["documentReferenceId"] for each in commit["images"]]
    assert ids == [three["id"], two["id"], one["id"]]


async def test_a_copy_filed_later_names_the_document_filed_earlier(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    between = await edit(browser, copy["id"], 3)
    await browser.file(first)
    await browser.file(between["id"], key="key-2")
    [one, _] = sandbox.resources()
    # The copy in between was not filed, so the nearest original that was is named.
    assert relations(sandbox) == [None, link(sandbox, one)]


async def test_a_copy_is_not_filed_without_its_original_that_failed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1}]})
    commit = await browser.file(first, copy["id"])
    assert [each["state"] for each in commit["images"]] == ["failed", "failed"]
    assert commit["images"][1]["error"]["type"] == "original-not-filed"
    assert sandbox.resources() == []

    reply = await browser.client.post(f"/api/commits/{commit['id']}/retry")
    assert reply.status_code == 202, reply.text
    again = await browser.settled(commit["id"])
    assert [each["state"] for each in again["images"]] == ["committed", "committed"]
    assert relations(sandbox) == [None, link(sandbox, sandbox.resources()[0])]


async def test_a_copy_is_filed_alone_once_its_failed_original_was_removed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1}]})
    await browser.file(first, copy["id"])
    assert (await browser.client.delete(f"/api/images/{first}")).status_code == 204
    alone = await browser.file(copy["id"], key="key-2")
    assert [each["state"] for each in alone["images"]] == ["committed"]
    assert relations(sandbox) == [None]


@on_both
async def test_a_copy_that_waits_for_the_review_of_its_original_moves_to_the_next_session(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    first = await original(browser)
    copy = await edit(browser, first, 2)
    # The response for the original is lost, and searching is not permitted.
    lost = {"kind": "500", "times": 1, "method": "POST", "resource": "DocumentReference"}
    no_search = {"kind": "403", "method": "GET", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [lost, no_search]})
    body = {"imageIds": [first, copy["id"]]}
    reply = await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "key-1"})
    path, states = f"/api/commits/{reply.json()['id']}", list[str]()
    async with asyncio.timeout(20):
        while states != ["unverified", "queued"]:
            states = [image["state"] for image in (await browser.client.get(path)).json()["images"]]
            await asyncio.sleep(0.05)

    await browser.client.delete("/api/session")
    await browser.launch()
    # The launch itself has brought in what was left.
    assert (await browser.client.get("/api/session")).json()["leftovers"] == []
    brought = (await browser.client.get("/api/images")).json()["images"]
    assert first in [image["id"] for image in brought]
    answered = await browser.client.post(f"{path}/images/{first}/resolve", json={"answer": "send-again"})
    assert answered.status_code == 200
    commit = await browser.settled(reply.json()["id"])
    assert [image["state"] for image in commit["images"]] == ["committed", "committed"]
    assert [bool(each) for each in relations(sandbox)] == [False, True]
