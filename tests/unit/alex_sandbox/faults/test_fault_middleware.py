"""Faults on a real connection: what the client sees, and what was written anyway."""

import asyncio
from typing import Any

import httpx2
import pytest

from unit.alex_sandbox.resources import document, media
from unit.alex_sandbox.running import FACILITY, OTHER_FACILITY, Sandbox

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("kind", "status", "body"),
    [
        ("401", 401, "Access token is missing or invalid"),
        ("403", 403, "Authorization failed."),
        ("429", 429, "Rate limit is exceeded"),
        ("500", 500, "Internal server error"),
        ("502", 502, "<h1>502 Bad Gateway</h1>"),
        ("503", 503, "PMS unreachable or unavailable."),
        ("503-platform", 503, ""),
        ("504", 504, "PMS did not respond to request or has timed out."),
    ],
)
async def test_an_error_status_replaces_the_response_and_nothing_is_written(
    sandbox: Sandbox, kind: str, status: int, body: str
) -> None:
    await sandbox.set_faults({"kind": kind, "times": 1, "retryAfter": 7})
    failed = await sandbox.post(media())
    assert failed.status_code == status
    assert body in failed.text
    assert (failed.content == b"") == (body == "")
    assert failed.headers.get("retry-after") == ("7" if kind == "429" else None)
    assert not await sandbox.stored()
    assert (await sandbox.post(media())).status_code == 201
    call = (await sandbox.calls())[-2]
    assert (call["status"], call["faults"]) == (status, [kind])


async def test_an_error_after_the_write_hides_that_it_succeeded(sandbox: Sandbox) -> None:
    await sandbox.set_faults({"kind": "504", "times": 1, "afterWrite": True})
    assert (await sandbox.post(media())).status_code == 504
    assert len(await sandbox.stored()) == 1


@pytest.mark.parametrize(("after_write", "count"), [(False, 0), (True, 1)])
async def test_the_connection_closes_before_or_after_the_write(
    sandbox: Sandbox, after_write: bool, count: int
) -> None:
    await sandbox.set_faults({"kind": "close", "times": 1, "method": "POST", "afterWrite": after_write})
    with pytest.raises(httpx2.TransportError):
        await sandbox.post(document(sandbox.url))
    assert len(await sandbox.stored()) == count
    call = next(call for call in await sandbox.calls() if call["resource"] == "DocumentReference")
    assert (call["status"], call["faults"]) == (None, ["close"])


@pytest.mark.parametrize(("after_write", "count"), [(False, 0), (True, 1)])
async def test_a_hang_lasts_until_the_client_gives_up(
    sandbox: Sandbox, after_write: bool, count: int
) -> None:
    await sandbox.set_faults({"kind": "hang", "method": "POST", "afterWrite": after_write})
    await sandbox.token()
    sandbox.http.timeout = httpx2.Timeout(0.3)
    with pytest.raises(httpx2.ReadTimeout):
        await sandbox.post(media())
    assert len(await sandbox.stored()) == count


async def test_a_hang_with_a_time_limit_closes_the_connection(sandbox: Sandbox) -> None:
    await sandbox.set_faults({"kind": "hang", "seconds": 0.05})
    with pytest.raises(httpx2.RemoteProtocolError):
        await sandbox.get("/FHIR/Location")


async def test_latency_and_a_slow_body_only_take_time(sandbox: Sandbox) -> None:
    await sandbox.token()
    await sandbox.set_faults({"kind": "latency", "seconds": 0.1}, {"kind": "slow-body", "seconds": 0.2})
    loop = asyncio.get_running_loop()
    started = loop.time()
    response = await sandbox.get("/FHIR/Practitioner")
    assert loop.time() - started >= 0.29  # event loop timers may fire slightly early
    assert (response.status_code, response.json()["total"]) == (200, 4)


async def test_a_fault_can_be_limited_to_a_facility_resource_and_method(sandbox: Sandbox) -> None:
    await sandbox.set_faults(
        {"kind": "503", "facility": OTHER_FACILITY, "resource": "Practitioner", "method": "GET"}
    )
    assert (await sandbox.get("/FHIR/Practitioner", FACILITY)).status_code == 200
    assert (await sandbox.get("/FHIR/Location", OTHER_FACILITY)).status_code == 200
    assert (await sandbox.get("/FHIR/Practitioner", OTHER_FACILITY)).status_code == 503


async def test_the_token_endpoint_fails_only_if_named_and_as_azure_does(sandbox: Sandbox) -> None:
    await sandbox.set_faults({"kind": "503"})
    assert (await sandbox.request_token()).status_code == 200
    await sandbox.set_faults(
        {"kind": "503", "resource": "token", "times": 1}, {"kind": "401", "resource": "token"}
    )
    busy = await sandbox.request_token()
    assert (busy.status_code, busy.json()["error"]) == (503, "temporarily_unavailable")
    refused = await sandbox.request_token()
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_the_sandboxs_own_pages_never_fail(sandbox: Sandbox) -> None:
    await sandbox.set_faults({"kind": "close"})
    assert (await sandbox.http.get("/sandbox/resources")).status_code == 200
    assert (await sandbox.http.get("/evolution")).status_code == 200


async def test_the_plan_can_be_read_replaced_and_removed(sandbox: Sandbox) -> None:
    await sandbox.set_faults({"kind": "500", "resource": "Location", "times": 1}, seed=9)
    await sandbox.get("/FHIR/Location")
    plan = (await sandbox.http.get("/sandbox/faults")).json()
    assert plan == {
        "seed": 9,
        "faults": [{"kind": "500", "times": 1, "resource": "Location", "matched": 1, "happened": 1}],
    }
    again = (await sandbox.http.put("/sandbox/faults", json=plan)).json()
    assert again["faults"][0]["happened"] == 0
    assert (await sandbox.http.delete("/sandbox/faults")).json() == {"seed": 0, "faults": []}


@pytest.mark.parametrize(
    "plan",
    [
        None,
        [],
        {},
        {"faults": [1]},
        {"faults": [{}]},
        {"faults": [{"kind": "earthquake"}]},
        {"faults": [{"kind": "500", "probability": 2}]},
        {"faults": [{"kind": "500", "times": "often"}]},
        {"faults": [{"kind": "500", "times": -1}]},
        {"faults": [{"kind": "500", "afterWrite": 1}]},
        {"faults": [{"kind": "500", "when": "now"}]},
        {"faults": [{"kind": "latency"}]},
        {"faults": [{"kind": "latency", "seconds": 2, "upToSeconds": 1}]},
        {"faults": [], "seed": "x"},
    ],
)
async def test_an_invalid_plan_is_explained_and_changes_nothing(sandbox: Sandbox, plan: Any) -> None:
    await sandbox.set_faults({"kind": "500", "times": 3})
    response = await sandbox.http.put("/sandbox/faults", json=plan)
    assert (response.status_code, set(response.json())) == (422, {"error"})
    assert (await sandbox.http.get("/sandbox/faults")).json()["faults"][0]["times"] == 3
