"""Messages and tasks: sent once their images have landed, reported separately, never resent automatically."""

import pytest

from databases import on_both
from image_files import make_jpeg
from running import FOREARM, SOON, BrowserSession, Sandbox
from streams import events

pytestmark = pytest.mark.anyio

RECIPIENT = "7def01802be7cbe97d4301a421f111f5"
MESSAGE = {"recipientId": RECIPIENT, "note": "Please have a look"}
TASK = {"assigneeId": RECIPIENT, "due": SOON, "note": "Review in a week"}


async def staged(browser: BrowserSession, seed: int = 0) -> str:
    added = await browser.add(make_jpeg(width=400, height=300, seed=seed))
    await browser.describe(added["id"], bodySite=FOREARM)
    return str(added["id"])


def kinds(sandbox: Sandbox) -> list[str]:
    return [each["resourceType"] for each in sandbox.resources()]


def lose_the_answer(sandbox: Sandbox, resource: str) -> None:
    fault = {"kind": "close", "times": 1, "method": "POST", "resource": resource, "afterWrite": True}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})


@on_both
async def test_the_receipt_shows_to_whom_and_when_a_message_and_a_task_were_sent(
    browser: BrowserSession,
) -> None:
    await browser.launch()
    commit = await browser.file(await staged(browser), inbox=MESSAGE, task=TASK)
    for step, due in ((commit["inbox"], None), (commit["task"], SOON)):
        assert step["state"] == "committed"
        assert step["recipientId"] == RECIPIENT
        assert step["due"] == due
        assert step["resourceId"]
        assert step["committedAt"]


@pytest.mark.parametrize("nobody", ["14e52e16edb7a435bfa05e307afd008b", RECIPIENT.upper(), "0" * 32])
async def test_nothing_is_sent_to_somebody_whom_medtech_does_not_list(
    browser: BrowserSession, sandbox: Sandbox, nobody: str
) -> None:
    await browser.launch()
    image_id = await staged(browser)
    for step in ({"inbox": {"recipientId": nobody}}, {"task": {"assigneeId": nobody}}):
        refused = await browser.client.post(
            "/api/commits", json={"imageIds": [image_id], **step}, headers={"Idempotency-Key": nobody}
        )
        assert refused.status_code == 422
        assert "choose again" in refused.json()["detail"]
    assert kinds(sandbox) == []


async def test_a_note_of_what_cannot_be_seen_is_no_note(browser: BrowserSession, sandbox: Sandbox) -> None:
    await browser.launch()
    unseen = {"recipientId": RECIPIENT, "note": "\u3164\u2800"}
    commit = await browser.file(await staged(browser), inbox=unseen)
    assert commit["inbox"]["state"] == "committed"
    [message] = [each for each in sandbox.resources() if each["resourceType"] == "Communication"]
    assert message["resource"]["payload"][0]["contentString"].startswith("Forearm")


async def test_a_due_date_and_its_progress_are_published_as_events(browser: BrowserSession) -> None:
    await browser.launch()
    image_id = await staged(browser)
    async with events(browser.client) as stream:
        commit = await browser.file(image_id, task=TASK)
        async for name, _, data in stream:
            if name == "commit.updated" and data["state"] == "committed":
                assert data == commit
                break


@pytest.mark.parametrize(("step", "resource"), [("inbox", "Communication"), ("task", "Task")])
@on_both
async def test_a_message_or_task_whose_answer_was_lost_waits_for_the_clinician_and_is_sent_once(
    browser: BrowserSession, sandbox: Sandbox, step: str, resource: str
) -> None:
    await browser.launch()
    lose_the_answer(sandbox, resource)
    commit = await browser.file(await staged(browser), inbox=MESSAGE, task=TASK)
    assert commit["images"][0]["state"] == "committed"
    assert commit[step]["state"] == "unverified"
    assert commit["state"] == "unverified"

    path = f"/api/commits/{commit['id']}/steps/{step}/resolve"
    answered = await browser.client.post(path, json={"answer": "in-inbox"})
    assert answered.status_code == 200
    assert answered.json()[step]["state"] == "committed"
    assert (await browser.client.post(path, json={"answer": "send-again"})).status_code == 409
    assert sorted(kinds(sandbox)) == ["Communication", "DocumentReference", "Task"]


async def test_a_message_is_resent_if_the_clinician_chooses_to(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    fault = {"kind": "close", "times": 1, "method": "POST", "resource": "Communication"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    commit = await browser.file(await staged(browser), inbox=MESSAGE)
    assert commit["inbox"]["state"] == "unverified"
    path = f"/api/commits/{commit['id']}/steps/inbox/resolve"
    assert (await browser.client.post(path, json={"answer": "send-again"})).status_code == 200
    assert (await browser.settled(commit["id"]))["inbox"]["state"] == "committed"
    assert kinds(sandbox) == ["DocumentReference", "Communication"]


@on_both
async def test_a_refused_message_is_retried_without_its_image(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    fault = {"kind": "403", "times": 1, "method": "POST", "resource": "Communication"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    commit = await browser.file(await staged(browser), inbox=MESSAGE, task=TASK)
    assert commit["inbox"]["state"] == "failed"
    assert commit["inbox"]["error"]["title"] == "Medtech does not permit this"
    assert commit["task"]["state"] == "committed"
    await browser.client.post(f"/api/commits/{commit['id']}/retry")
    assert (await browser.settled(commit["id"]))["inbox"]["state"] == "committed"
    assert sorted(kinds(sandbox)) == ["Communication", "DocumentReference", "Task"]


@on_both
async def test_a_message_waits_while_its_image_can_still_be_filed_and_ends_when_it_is_destroyed(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    fault = {"kind": "403", "method": "POST", "resource": "DocumentReference"}
    sandbox.call("PUT", "/sandbox/faults", {"faults": [fault]})
    image_id = await staged(browser)
    body = {"imageIds": [image_id], "inbox": MESSAGE}
    commit = (await browser.client.post("/api/commits", json=body, headers={"Idempotency-Key": "k"})).json()
    failed = await browser.images_settled(commit["id"])
    assert failed["images"][0]["state"] == "failed"
    assert failed["inbox"]["state"] == "queued"

    assert (await browser.client.delete(f"/api/images/{image_id}")).status_code == 204
    ended = await browser.settled(commit["id"])
    assert ended["inbox"]["state"] == "failed"
    assert ended["inbox"]["error"]["type"] == "pictures-not-filed"
    assert sandbox.resources() == []


async def test_another_sessions_message_can_not_be_answered(
    browser: BrowserSession, sandbox: Sandbox
) -> None:
    await browser.launch()
    lose_the_answer(sandbox, "Communication")
    commit = await browser.file(await staged(browser), inbox=MESSAGE)
    await browser.launch()
    reply = await browser.client.post(
        f"/api/commits/{commit['id']}/steps/inbox/resolve", json={"answer": "in-inbox"}
    )
    assert reply.status_code == 404


@on_both
@pytest.mark.parametrize(
    "path", ["/api/images/%00", "/api/images/a%00b/content", "/api/commits/%00", "/api/commits/%00/retry"]
)
async def test_an_address_that_can_not_exist_is_not_found(browser: BrowserSession, path: str) -> None:
    await browser.launch()
    method = "POST" if path.endswith("retry") else "GET"
    reply = await browser.client.request(method, path)
    assert reply.status_code == 404
    assert reply.headers["content-type"] == "application/problem+json"


@on_both
async def test_an_id_that_can_not_exist_is_refused_in_a_body_too(browser: BrowserSession) -> None:
    await browser.launch()
    reply = await browser.client.post(
        "/api/commits", json={"imageIds": ["a\x00b"]}, headers={"Idempotency-Key": "k"}
    )
    assert reply.status_code == 422
