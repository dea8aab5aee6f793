"""`POST /Communication` and `POST /Task`: Medtech's examples are not public, so the rules can be relaxed."""

from typing import Any

import pytest

from unit.alex_sandbox.resources import message, task
from unit.alex_sandbox.running import AUTHORIZATION_FAILED, INVALID, Sandbox, outcome

pytestmark = pytest.mark.anyio

NO_PATIENT: dict[str, Any] = {"for": None}


async def test_a_message_and_a_task_are_written(sandbox: Sandbox) -> None:
    for sent in (message(), task()):
        response = await sandbox.post(sent)
        assert response.status_code == 201, response.headers
        read = await sandbox.get(f"/FHIR/{sent['resourceType']}/{response.json()['id']}")
        assert read.json() == response.json()
    assert [each["resourceType"] for each in await sandbox.stored()] == ["Communication", "Task"]


@pytest.mark.parametrize(
    "sent",
    [
        message(status="in-progress"),
        message(subject=None),
        message(sender=None),
        message(recipient=None),
        message(recipient=[{"reference": "Practitioner/nobody"}]),
        message(payload=None),
        message(payload=[{"contentString": " "}]),
        message(sent=None),
        task(status="draft"),
        task(intent="plan"),
        task(**NO_PATIENT),
        task(owner=None),
        task(description=None),
        task(restriction={"period": {}}),
    ],
    ids=lambda sent: str(sent)[:40],
)
async def test_a_broken_rule_is_refused(sandbox: Sandbox, sent: dict[str, Any]) -> None:
    assert outcome(await sandbox.post(sent)) == INVALID
    assert not await sandbox.stored()


async def test_the_strict_rules_can_be_turned_off(sandbox: Sandbox) -> None:
    await sandbox.configure(strictMessages=False, strictTasks=False)
    assert (await sandbox.post(message(sender=None, recipient=None, sent=None))).status_code == 201
    assert (await sandbox.post(task(owner=None))).status_code == 201


async def test_each_needs_its_role(sandbox: Sandbox) -> None:
    await sandbox.configure(roles=["patient.media.write"])
    for sent in (message(), task()):
        assert outcome(await sandbox.post(sent)) == AUTHORIZATION_FAILED
