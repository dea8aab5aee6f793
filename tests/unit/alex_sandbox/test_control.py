"""`/sandbox/...`: settings, what was written, what was called."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from alex_sandbox.settings import Behaviour
from unit.alex_sandbox.resources import document, message
from unit.alex_sandbox.running import NHI_SYSTEM, Sandbox

pytestmark = pytest.mark.anyio


async def test_settings_can_be_read_and_changed_one_by_one(sandbox: Sandbox) -> None:
    before = (await sandbox.http.get("/sandbox/settings")).json()
    assert before == Behaviour().as_json()
    await sandbox.behave(duplicates="first")
    assert (await sandbox.http.get("/sandbox/settings")).json() == {**before, "duplicates": "first"}


@pytest.mark.parametrize(
    "asked",
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
async def test_a_wrong_setting_is_explained_and_changes_nothing(sandbox: Sandbox, asked: Any) -> None:
    answer = await sandbox.http.put("/sandbox/settings", json=asked)
    assert (answer.status_code, set(answer.json())) == (422, {"error"})
    assert (await sandbox.http.get("/sandbox/settings")).json() == Behaviour().as_json()


async def test_what_was_written_is_listed_newest_last_and_can_be_emptied(sandbox: Sandbox) -> None:
    for number in ("a", "b", "c"):
        await sandbox.post(document(sandbox.address, number))
    assert [each["identifier"]["value"] for each in await sandbox.written()] == ["a", "b", "c"]
    assert (await sandbox.http.delete("/sandbox/resources")).status_code == 204
    assert not await sandbox.written()


async def test_there_is_no_content_where_there_is_no_attachment(sandbox: Sandbox) -> None:
    written = (await sandbox.post(message())).json()
    for path in (f"Communication/{written['id']}", "Media/nothing", f"Media/{written['id']}"):
        assert (await sandbox.http.get(f"/sandbox/resources/{path}/content")).status_code == 404


async def test_calls_are_listed_without_the_values_of_their_queries(sandbox: Sandbox) -> None:
    nhi = quote(f"{NHI_SYSTEM}|ZZZ0016", safe="")
    answer = await sandbox.get(f"/FHIR/Patient?identifier={nhi}")
    token, call = await sandbox.calls()
    assert (token["resource"], token["status"]) == ("token", 200)
    assert (call["method"], call["path"], call["status"]) == ("GET", "/FHIR/Patient", 200)
    assert call["query"] == [f"identifier={NHI_SYSTEM}|…"]
    assert {"authorization", "mt-facilityid"} <= set(call["headers"])
    assert call["correlationId"] == answer.headers["mt-correlationid"]
    assert "ZZZ0016" not in json.dumps(await sandbox.calls())
    await sandbox.http.delete("/sandbox/calls")
    assert not await sandbox.calls()
