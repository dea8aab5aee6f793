"""`/sandbox/...`: settings, written resources and logged calls."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from alex_sandbox.behaviour import Behaviour
from unit.alex_sandbox.resources import document, message
from unit.alex_sandbox.running import NHI_SYSTEM, Sandbox

pytestmark = pytest.mark.anyio


async def test_settings_can_be_read_and_changed_one_by_one(sandbox: Sandbox) -> None:
    before = (await sandbox.http.get("/sandbox/settings")).json()
    assert before == Behaviour().as_json()
    await sandbox.configure(duplicates="first")
    assert (await sandbox.http.get("/sandbox/settings")).json() == {**before, "duplicates": "first"}


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"duplicates": "third"},
        {"roles": "all"},
        {"roles": [1]},
        {"requireAuthor": 1},
        {"tokenLifetimeSeconds": -1},
        {"tokenLifetimeSeconds": True},
        ["roles"],
    ],
)
async def test_an_invalid_setting_is_explained_and_changes_nothing(sandbox: Sandbox, changes: Any) -> None:
    response = await sandbox.http.put("/sandbox/settings", json=changes)
    assert (response.status_code, set(response.json())) == (422, {"error"})
    assert (await sandbox.http.get("/sandbox/settings")).json() == Behaviour().as_json()


async def test_written_resources_are_listed_newest_last_and_can_be_removed(sandbox: Sandbox) -> None:
    for number in ("a", "b", "c"):
        await sandbox.post(document(sandbox.url, number))
    assert [each["identifier"]["value"] for each in await sandbox.stored()] == ["a", "b", "c"]
    assert (await sandbox.http.delete("/sandbox/resources")).status_code == 204
    assert not await sandbox.stored()


async def test_a_resource_without_an_attachment_has_no_content(sandbox: Sandbox) -> None:
    written = (await sandbox.post(message())).json()
    for path in (f"Communication/{written['id']}", "Media/nothing", f"Media/{written['id']}"):
        assert (await sandbox.http.get(f"/sandbox/resources/{path}/content")).status_code == 404


async def test_calls_are_listed_without_the_values_of_their_queries(sandbox: Sandbox) -> None:
    nhi = quote(f"{NHI_SYSTEM}|ZZZ0016", safe="")
    response = await sandbox.get(f"/FHIR/Patient?identifier={nhi}")
    token, call = await sandbox.calls()
    assert (token["resource"], token["status"]) == ("token", 200)
    assert (call["method"], call["path"], call["status"]) == ("GET", "/FHIR/Patient", 200)
    assert call["query"] == [f"identifier={NHI_SYSTEM}|…"]
    assert {"authorization", "mt-facilityid"} <= set(call["headers"])
    assert call["correlationId"] == response.headers["mt-correlationid"]
    assert "ZZZ0016" not in json.dumps(await sandbox.calls())
    await sandbox.http.delete("/sandbox/calls")
    assert not await sandbox.calls()
