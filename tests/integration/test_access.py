"""Who may do what: other sites, other sessions, operators."""

from pathlib import Path

import pytest

from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

UNSAFE = [
    ("POST", "/api/images"),
    ("PATCH", "/api/images/{id}"),
    ("DELETE", "/api/images/{id}"),
    ("POST", "/api/commits"),
    ("DELETE", "/api/session"),
]


@pytest.mark.parametrize(("method", "path"), UNSAFE)
@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
async def test_an_unsafe_request_from_elsewhere_is_refused(
    desk: BrowserSession, photo: bytes, method: str, path: str, origin: str | None
) -> None:
    await desk.launch()
    added = await desk.add(photo)
    del desk.client.headers["Origin"]
    headers = {"Origin": origin} if origin else {}
    reply = await desk.client.request(method, path.format(id=added["id"]), headers=headers)
    assert reply.status_code == 403
    assert reply.json()["type"].endswith("/cross-site-request")
    assert (await desk.client.get("/api/images")).json()["images"] == [added]


async def test_the_browsers_own_word_for_same_origin_is_enough(desk: BrowserSession, photo: bytes) -> None:
    await desk.launch()
    del desk.client.headers["Origin"]
    reply = await desk.client.post("/api/images", content=photo, headers={"Sec-Fetch-Site": "same-origin"})
    assert reply.status_code == 201


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/session"),
        ("GET", "/api/capabilities"),
        ("GET", "/api/images"),
        ("GET", "/api/events"),
        ("GET", "/api/commits/abc"),
        *UNSAFE,
    ],
)
async def test_without_a_session_there_is_nothing(desk: BrowserSession, method: str, path: str) -> None:
    reply = await desk.client.request(method, path)
    assert reply.status_code == 401
    assert "from Evolution again" in reply.json()["detail"]


async def test_another_sessions_picture_and_commit_do_not_exist(desk: BrowserSession, photo: bytes) -> None:
    await desk.launch()
    added = await desk.add(photo)
    await desk.describe(added["id"])
    commit = await desk.file(added["id"])
    await desk.launch("6f85b5c92705044bd76ed8cf55887bdb")

    for method, path in [
        ("GET", f"/api/images/{added['id']}"),
        ("GET", f"/api/images/{added['id']}/content"),
        ("PATCH", f"/api/images/{added['id']}"),
        ("DELETE", f"/api/images/{added['id']}"),
        ("GET", f"/api/commits/{commit['id']}"),
        ("POST", f"/api/commits/{commit['id']}/retry"),
    ]:
        reply = await desk.client.request(method, path, json={} if method == "PATCH" else None)
        assert reply.status_code == 404, path


@pytest.mark.parametrize("path", ["/api/medtech/test", "/api/medtech/token-info"])
async def test_admin_endpoints_need_the_admin_token(desk: BrowserSession, path: str) -> None:
    token = desk.gateway.settings.admin_token
    assert (await desk.client.get(path)).status_code == 401
    assert (await desk.client.get(path, headers={"Authorization": "Bearer wrong"})).status_code == 401
    assert (await desk.client.get(path, headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_admin_endpoints_are_closed_without_a_configured_token(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_ADMIN_TOKEN": ""}) as desk:
        reply = await desk.client.get("/api/medtech/token-info", headers={"Authorization": "Bearer anything"})
        assert reply.status_code == 403


async def test_token_info_tells_the_state_and_never_the_token(desk: BrowserSession) -> None:
    token = await desk.gateway.alex.tokens.token()
    headers = {"Authorization": f"Bearer {desk.gateway.settings.admin_token}"}
    reply = await desk.client.get("/api/medtech/token-info", headers=headers)
    told = reply.json()
    assert told["cached"] is True
    assert 2900 < told["secondsToRenewal"] <= 3300
    assert told["secondsToRenewal"] < told["secondsToExpiry"] <= 3600
    assert told["environment"] == "sandbox"
    assert "patient.media.write" in told["roles"]
    assert token.value not in reply.text


async def test_the_medtech_test_counts_the_patients_and_times_the_steps(desk: BrowserSession) -> None:
    headers = {"Authorization": f"Bearer {desk.gateway.settings.admin_token}"}
    told = (await desk.client.get("/api/medtech/test?nhi=ZZZ0016", headers=headers)).json()
    assert (told["ok"], told["patients"]) == (True, 1)
    assert [step["step"] for step in told["steps"]] == ["token", "patient"]
    unknown = await desk.client.get("/api/medtech/test?nhi=ZZZ0024", headers=headers)
    assert unknown.status_code == 404


async def test_every_reply_carries_the_security_headers_and_a_correlation_id(desk: BrowserSession) -> None:
    for path in ("/", "/healthz", "/api/session", "/nowhere", "/openapi.json"):
        headers = (await desk.client.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-correlation-id"]) == 36


async def test_metrics_count_what_is_filed_and_open_and_name_nobody(
    desk: BrowserSession, photo: bytes
) -> None:
    await desk.launch()
    added = await desk.add(photo)
    await desk.describe(added["id"])
    await desk.file(added["id"])
    told = (await desk.client.get("/metrics")).text
    assert 'clinicpro_jobs{kind="document-reference",state="queued"} 0.0' in told
    assert 'clinicpro_job_seconds_count{kind="document-reference"} 1.0' in told
    assert "clinicpro_sessions 1.0" in told
    assert "process_resident_memory_bytes" in told
    assert "ZZZ0016" not in told


async def test_readiness_says_what_is_missing_and_the_gateway_runs_all_the_same(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    dead = "http://127.0.0.1:9"
    async with running(
        sandbox, tmp_path, {"MEDTECH_TOKEN_URL": f"{dead}/token", "MEDTECH_API_BASE_URL": f"{dead}/FHIR"}
    ) as desk:
        assert (await desk.client.get("/healthz")).status_code == 200
        ready = await desk.client.get("/readyz")
        assert ready.status_code == 503
        checks = ready.json()["checks"]
        assert checks["database"]["ok"] is True
        assert checks["token"]["ok"] is False
        assert checks["token"]["detail"]


async def test_a_ticket_from_a_frame_opens_the_same_session_in_a_tab_once(desk: BrowserSession) -> None:
    await desk.launch()
    launched = (await desk.client.get("/api/session")).json()
    ticket = (await desk.client.post("/api/session/tab")).json()["ticket"]
    desk.client.cookies.clear()
    assert (await desk.client.get("/api/session")).status_code == 401

    opened = await desk.client.post("/tab", data={"ticket": ticket})
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert (await desk.client.get("/api/session")).json()["id"] == launched["id"]

    desk.client.cookies.clear()
    again = await desk.client.post("/tab", data={"ticket": ticket})
    assert (again.status_code, "set-cookie" in again.headers) == (410, False)


@pytest.mark.parametrize("ticket", ["", "x", "AQ==", "not a ticket", "é"])
async def test_a_made_up_ticket_opens_nothing(desk: BrowserSession, ticket: str) -> None:
    refused = await desk.client.post("/tab", data={"ticket": ticket})
    assert (refused.status_code, "set-cookie" in refused.headers) == (410, False)
