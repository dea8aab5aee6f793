"""Filing: once, in the right record, as a TIFF that shows what was taken."""

import asyncio
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from databases import on_both
from image_files import CORNERS, make_jpeg, make_png
from running import SOON, TESTING, BrowserSession, Sandbox, running
from statements import scalar
from titles import line_of

pytestmark = pytest.mark.anyio


async def staged(browser: BrowserSession, seed: int = 0) -> str:
    added = await browser.add(make_jpeg(width=800, height=600, seed=seed, orientation=6, gps=True))
    await browser.describe(added["id"])
    return str(added["id"])


async def test_a_filed_image_is_in_inbox_scan_as_it_was_taken(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    commit = await browser.file(await staged(browser))

    [image] = commit["images"]
    assert image["state"] == "committed"
    [document] = sandbox.resources()
    assert document["id"] == image["documentReferenceId"]
    resource = document["resource"]
    base = sandbox.origin
    assert resource["subject"]["reference"] == f"{base}/fhir/Patient/{TESTING}"
    assert resource["author"][0]["reference"] == f"{base}/fhir/Practitioner/9bf0832786e2293848942167532e0a91"
    assert resource["type"]["coding"][0]["code"] == "72170-4"
    assert line_of(document) == "Forearm"
    assert re.search(r"\+1[23]:00$", resource["date"])
    attachment = resource["content"][0]["attachment"]
    assert attachment["contentType"] == "image/tiff"
    assert "ZZZ0016" not in attachment["title"]
    filed = Image.open(io.BytesIO(sandbox.content(document)))
    assert filed.format == "TIFF"
    assert filed.size == (800, 600)
    assert filed.convert("RGB").getpixel((10, 10)) == pytest.approx(CORNERS["top left"], abs=12)


async def test_the_commits_correlation_id_reaches_alex(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    image_id = await staged(browser)
    mine = "0d1c7f0e-5f2e-4b1c-9d55-1f2f3a4b5c6d"
    reply = await browser.client.post(
        "/api/commits",
        json={"imageIds": [image_id]},
        headers={"Idempotency-Key": "k", "X-Correlation-Id": mine},
    )
    await browser.settled(reply.json()["id"])
    assert reply.headers["x-correlation-id"] == mine
    assert [resource["correlationId"] for resource in sandbox.resources()] == [mine]


@on_both
async def test_a_filed_image_is_shown_no_more_and_its_receipt_stays(browser: BrowserSession) -> None:
    await browser.launch()
    image_id = await staged(browser)
    await browser.file(image_id)

    gone = await browser.client.get(f"/api/images/{image_id}/content")
    assert gone.status_code == 410
    assert "inbox" in gone.json()["detail"]
    kept = "SELECT count(*) FROM images WHERE content_key IS NOT NULL"
    assert await scalar(browser.gateway.database, kept) == 0
    image = (await browser.client.get(f"/api/images/{image_id}")).json()
    assert image["state"] == "committed"
    assert image["documentReferenceId"]
    assert (await browser.client.delete(f"/api/images/{image_id}")).status_code == 409
    assert (await browser.client.patch(f"/api/images/{image_id}", json={"label": "late"})).status_code == 409


async def test_an_image_without_a_body_site_is_named_and_nothing_is_filed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    ready = await staged(browser)
    bare = (await browser.add(make_png(width=64, height=48)))["id"]
    reply = await browser.client.post(
        "/api/commits", json={"imageIds": [ready, bare]}, headers={"Idempotency-Key": "k"}
    )
    assert reply.status_code == 422
    assert reply.json()["images"] == [bare]
    assert sandbox.resources() == []
    assert (await browser.client.get(f"/api/images/{ready}")).json()["state"] == "staged"


@on_both
async def test_the_same_key_with_the_same_body_is_the_same_commit(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    image_id = await staged(browser)
    body, headers = {"imageIds": [image_id]}, {"Idempotency-Key": "once"}
    first, second = await asyncio.gather(
        browser.client.post("/api/commits", json=body, headers=headers),
        browser.client.post("/api/commits", json=body, headers=headers),
    )
    assert {first.status_code, second.status_code} == {202}
    assert first.json()["id"] == second.json()["id"]
    await browser.settled(first.json()["id"])
    assert len(sandbox.resources()) == 1


@on_both
async def test_the_same_key_with_another_body_is_refused(browser: BrowserSession) -> None:
    await browser.launch()
    await browser.file(await staged(browser), key="once")
    other = await staged(browser, seed=1)
    reply = await browser.client.post(
        "/api/commits", json={"imageIds": [other]}, headers={"Idempotency-Key": "once"}
    )
    assert reply.status_code == 409


@on_both
async def test_two_tabs_pressing_at_once_file_once(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    image_id = await staged(browser)
    replies = await asyncio.gather(
        *(
            browser.client.post(
                "/api/commits", json={"imageIds": [image_id]}, headers={"Idempotency-Key": f"tab-{tab}"}
            )
            for tab in range(4)
        )
    )
    for reply in replies:
        assert reply.status_code == 202
        commit = await browser.settled(reply.json()["id"])
        assert commit["images"][0]["state"] == "committed"
    assert len(sandbox.resources()) == 1


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"imageIds": []}, {"Idempotency-Key": "k"}, 400),
        ({"imageIds": ["0" * 32]}, {"Idempotency-Key": "k"}, 404),
        ({"imageIds": ["a", "a"]}, {"Idempotency-Key": "k"}, 400),
        ({"imageIds": [str(number) for number in range(21)]}, {"Idempotency-Key": "k"}, 400),
        ({"imageIds": "all"}, {"Idempotency-Key": "k"}, 422),
        ({}, {"Idempotency-Key": "k"}, 422),
        (
            {"imageIds": ["a"], "task": {"assigneeId": "b", "due": 1_800_000_000}},
            {"Idempotency-Key": "k"},
            422,
        ),
        (
            {"imageIds": ["a"], "task": {"assigneeId": "b", "due": "1800000000"}},
            {"Idempotency-Key": "k"},
            422,
        ),
        ({"imageIds": ["a"]}, {}, 400),
    ],
)
async def test_an_invalid_commit_is_refused(
    browser: BrowserSession, body: dict[str, object], headers: dict[str, str], status: int
) -> None:
    await browser.launch()
    reply = await browser.client.post("/api/commits", json=body, headers=headers)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"


async def test_a_key_that_is_too_long_is_called_too_long(browser: BrowserSession) -> None:
    await browser.launch()
    body = {"imageIds": [await staged(browser)]}
    refused = await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k" * 201})
    assert refused.status_code == 400
    assert "too long: it may have 200 characters, and has 201" in refused.json()["detail"]
    longest = await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k" * 200})
    assert longest.status_code == 202


@pytest.mark.parametrize("kind", ["429", "500", "503", "503-platform", "401"])
async def test_a_transient_fault_is_retried_and_files_once(
    browser: BrowserSession, sandbox: Sandbox, kind: str
) -> None:
    await browser.launch()
    await browser.prove_sight(make_jpeg(seed=99))
    image_id = await staged(browser)
    fault = {"kind": kind, "times": 1, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    commit = await browser.file(image_id)
    assert commit["images"][0]["state"] == "committed"
    assert commit["images"][0]["error"] is None
    assert len(sandbox.resources()) == 2


@pytest.mark.parametrize("kind", ["close", "500", "504", "502", "hang"])
@pytest.mark.parametrize("after_write", [False, True])
@on_both
async def test_after_a_lost_answer_alex_is_searched_before_anything_is_written_again(
    browser: BrowserSession, sandbox: Sandbox, kind: str, *, after_write: bool
) -> None:
    await browser.launch()
    await browser.prove_sight(make_jpeg(seed=99))
    image_id = await staged(browser)
    fault: dict[str, object] = {
        "kind": kind,
        "times": 1,
        "method": "POST",
        "resource": "DocumentReference",
        "afterWrite": after_write,
    }
    if kind == "hang":
        fault["seconds"] = 4
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    commit = await browser.file(image_id)
    assert commit["images"][0]["state"] == "committed"
    [_, document] = sandbox.resources()
    assert commit["images"][0]["documentReferenceId"] == document["id"]


@pytest.mark.parametrize("kind", ["close", "500", "504"])
async def test_a_lost_answer_is_asked_about_where_no_search_is_proven_able_to_see(
    browser: BrowserSession, sandbox: Sandbox, kind: str
) -> None:
    await browser.launch()
    image_id = await staged(browser)
    fault = {"kind": kind, "times": 1, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    [image] = (await browser.file(image_id))["images"]
    assert image["state"] == "unverified"
    assert image["error"]["type"] == "landing-unknown"
    assert "Look in Evolution" in image["error"]["detail"]
    assert sandbox.resources() == []


@on_both
async def test_a_commit_read_while_images_land_is_consistent(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    image_ids = [await staged(browser, seed) for seed in range(10)]
    refused = {"kind": "403", "times": 3, "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [refused]})
    body = {"imageIds": image_ids}
    reply = await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "key-1"})
    path, inconsistent, polls = f"/api/commits/{reply.json()['id']}", list[object](), 0

    async def poll() -> None:
        nonlocal polls
        states = {"queued"}
        while states & {"queued", "sending"}:
            commit = (await browser.client.get(path)).json()
            polls += 1
            states = {image["state"] for image in commit["images"]}
            inconsistent.extend(
                image
                for image in commit["images"]
                if (image["state"] == "committed")
                != bool(image["documentReferenceId"] and image["committedAt"])
                or (image["state"] == "failed") != bool(image["error"])
            )
            # Of several, the state that needs attention most.
            if commit["state"] != next(
                s for s in ("failed", "sending", "queued", "committed") if s in states
            ):
                inconsistent.append((commit["state"], states))

    await asyncio.gather(*(poll() for _ in range(6)))
    assert inconsistent == []
    assert polls > 12


@on_both
async def test_a_refusal_is_explained_to_the_clinician_and_can_be_retried(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    image_id = await staged(browser)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 1, "method": "POST"}]})
    commit = await browser.file(image_id)
    [image] = commit["images"]
    assert image["state"] == "failed"
    assert image["error"]["title"] == "Medtech does not permit this"

    retried = await browser.client.post(f"/api/commits/{commit['id']}/retry")
    assert retried.status_code == 202
    assert (await browser.settled(commit["id"]))["images"][0]["state"] == "committed"
    assert len(sandbox.resources()) == 1
    assert (await browser.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 409


@on_both
async def test_a_failed_image_that_was_removed_is_not_retried(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    kept, removed = await staged(browser, 1), await staged(browser, 2)
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "403", "times": 2, "method": "POST"}]})
    commit = await browser.file(kept, removed)
    assert {image["state"] for image in commit["images"]} == {"failed"}
    assert (await browser.client.delete(f"/api/images/{removed}")).status_code == 204

    assert (await browser.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 202
    states = {image["imageId"]: image["state"] for image in (await browser.settled(commit["id"]))["images"]}
    assert states == {kept: "committed", removed: "failed"}
    assert (await browser.client.post(f"/api/commits/{commit['id']}/retry")).status_code == 409
    assert [image["id"] for image in (await browser.client.get("/api/images")).json()["images"]] == [kept]


@pytest.mark.parametrize(
    ("target", "types"),
    [
        ("media", {"Media": "image/jpeg"}),
        ("both", {"Media": "image/jpeg", "DocumentReference": "image/tiff"}),
    ],
)
async def test_the_target_decides_where_an_image_is_filed(
    sandbox: Sandbox, tmp_path: Path, target: str, types: dict[str, str]
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": target}) as browser:
        await browser.launch()
        commit = await browser.file(await staged(browser))
    assert commit["images"][0]["mediaId"]
    assert {each["resourceType"]: each["contentType"] for each in sandbox.resources()} == types


async def test_a_partly_filed_image_is_locked_says_which_target_has_it_and_retry_sends_the_rest(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        await browser.launch()
        refused = {"kind": "403", "times": 1, "method": "POST", "resource": "Media"}
        sandbox.call("PUT", "/sandbox/faults", {"faults": [refused]})
        image_id = await staged(browser)
        commit = await browser.file(image_id)
        [progress] = commit["images"]
        assert progress["state"] == "partly"
        assert progress["error"]["detail"].startswith("Inbox Scan has this photo; Inbox Media doesn't.")
        image = (await browser.client.get(f"/api/images/{image_id}")).json()
        assert (image["state"], image["mediaId"]) == ("partly", None)
        assert image["documentReferenceId"] == progress["documentReferenceId"]
        locked = await browser.client.patch(f"/api/images/{image_id}", json={"label": "Another"})
        assert locked.status_code == 409
        assert (await browser.client.delete(f"/api/images/{image_id}")).status_code == 409
        await browser.client.post(f"/api/commits/{commit['id']}/retry")
        [done] = (await browser.settled(commit["id"]))["images"]
    assert done["state"] == "committed"
    assert sorted(each["resourceType"] for each in sandbox.resources()) == ["DocumentReference", "Media"]


@on_both
async def test_a_message_and_a_task_follow_once_the_image_has_landed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    recipient = "7def01802be7cbe97d4301a421f111f5"
    commit = await browser.file(
        await staged(browser),
        inbox={"recipientId": recipient, "note": "Please have a look"},
        task={"assigneeId": recipient, "due": SOON, "note": "Review in a week"},
    )
    assert commit["inbox"]["state"] == "committed"
    assert commit["task"]["state"] == "committed"
    written = [each["resourceType"] for each in sandbox.resources()]
    assert written[0] == "DocumentReference"
    assert sorted(written[1:]) == ["Communication", "Task"]


@on_both
async def test_filing_continues_automatically_after_a_restart(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str]
) -> None:
    environ = database | {"CLINICPRO_SECRET_KEY": "the same secret before and after"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [{"kind": "503", "method": "POST"}]})
    async with running(sandbox, tmp_path, environ) as browser:
        await browser.launch()
        image_id = await staged(browser)
        body = {"imageIds": [image_id]}
        commit = (
            await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})
        ).json()
        cookies = dict(browser.client.cookies)
    sandbox.call("DELETE", "/sandbox/faults")
    async with running(sandbox, tmp_path, environ) as browser:
        browser.client.cookies.update(cookies)
        assert (await browser.settled(commit["id"]))["images"][0]["state"] == "committed"
    assert len(sandbox.resources()) == 1
