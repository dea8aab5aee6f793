"""Who may do what: other sites, other sessions, operators."""

from datetime import datetime
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
async def test_an_unsafe_request_from_another_origin_is_refused(
    browser: BrowserSession, photo: bytes, method: str, path: str, origin: str | None
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    del browser.client.headers["Origin"]
    headers = {"Origin": origin} if origin else {}
    reply = await browser.client.request(method, path.format(id=added["id"]), headers=headers)
    assert reply.status_code == 403
    assert reply.json()["type"].endswith("/cross-site-request")
    assert (await browser.client.get("/api/images")).json()["images"] == [added]


async def test_sec_fetch_site_same_origin_is_enough(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    del browser.client.headers["Origin"]
    reply = await browser.client.post("/api/images", content=photo, headers={"Sec-Fetch-Site": "same-origin"})
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
async def test_without_a_session_every_call_is_refused(
    browser: BrowserSession, method: str, path: str
) -> None:
    reply = await browser.client.request(method, path)
    assert reply.status_code == 401
    assert "from Evolution again" in reply.json()["detail"]


async def test_another_sessions_image_and_commit_do_not_exist(browser: BrowserSession, photo: bytes) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.describe(added["id"])
    commit = await browser.file(added["id"])
    await browser.launch("6f85b5c92705044bd76ed8cf55887bdb")

    for method, path in [
        ("GET", f"/api/images/{added['id']}"),
        ("GET", f"/api/images/{added['id']}/content"),
        ("PATCH", f"/api/images/{added['id']}"),
        ("DELETE", f"/api/images/{added['id']}"),
        ("GET", f"/api/commits/{commit['id']}"),
        ("POST", f"/api/commits/{commit['id']}/retry"),
    ]:
        reply = await browser.client.request(method, path, json={} if method == "PATCH" else None)
        assert reply.status_code == 404, path


@pytest.mark.parametrize("path", ["/api/medtech/test", "/api/medtech/token-info"])
async def test_admin_endpoints_need_the_admin_token(browser: BrowserSession, path: str) -> None:
    token = browser.gateway.settings.admin_token
    assert (await browser.client.get(path)).status_code == 401
    assert (await browser.client.get(path, headers={"Authorization": "Bearer wrong"})).status_code == 401
    assert (await browser.client.get(path, headers={"Authorization": f"Bearer {token}"})).status_code == 200


async def test_admin_endpoints_are_closed_without_a_configured_token(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_ADMIN_TOKEN": ""}) as browser:
        reply = await browser.client.get(
            "/api/medtech/token-info", headers={"Authorization": "Bearer anything"}
        )
        assert reply.status_code == 403


async def test_token_info_shows_the_state_and_never_the_token(browser: BrowserSession) -> None:
    token = await browser.gateway.alex.tokens.token()
    headers = {"Authorization": f"Bearer {browser.gateway.settings.admin_token}"}
    reply = await browser.client.get("/api/medtech/token-info", headers=headers)
    data = reply.json()
    assert data["cached"] is True
    assert 2900 < data["secondsToRenewal"] <= 3300
    assert data["secondsToRenewal"] < data["secondsToExpiry"] <= 3600
    assert data["environment"] == "sandbox"
    assert "patient.media.write" in data["roles"]
    assert token.value not in reply.text


async def test_the_medtech_test_counts_the_patients_and_times_the_steps(browser: BrowserSession) -> None:
    headers = {"Authorization": f"Bearer {browser.gateway.settings.admin_token}"}
    data = (await browser.client.get("/api/medtech/test?nhi=ZZZ0016", headers=headers)).json()
    assert (data["ok"], data["patients"]) == (True, 1)
    assert [step["step"] for step in data["steps"]] == ["token", "patient"]
    posted = await browser.client.post("/api/medtech/test", json={"nhi": "ZZZ0016"}, headers=headers)
    assert posted.json()["patients"] == data["patients"]
    # A real number never belongs in a URL.
    assert (await browser.client.get("/api/medtech/test?nhi=ABC1235", headers=headers)).status_code == 422
    unknown = await browser.client.get("/api/medtech/test?nhi=ZZZ0024", headers=headers)
    assert unknown.status_code == 404


async def test_every_reply_carries_the_security_headers_and_a_correlation_id(browser: BrowserSession) -> None:
    for path in ("/", "/healthz", "/api/session", "/nowhere", "/openapi.json"):
        headers = (await browser.client.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert len(headers["x-correlation-id"]) == 36


async def test_metrics_count_what_is_filed_and_open_and_name_nobody(
    browser: BrowserSession, photo: bytes
) -> None:
    await browser.launch()
    added = await browser.add(photo)
    await browser.describe(added["id"])
    await browser.file(added["id"])
    data = (await browser.operator("/metrics")).text
    assert 'clinicpro_jobs{kind="document-reference",state="queued"} 0.0' in data
    assert 'clinicpro_job_seconds_count{kind="document-reference"} 1.0' in data
    assert "clinicpro_sessions 1.0" in data
    assert "process_resident_memory_bytes" in data
    assert "ZZZ0016" not in data


async def test_readiness_reports_what_is_missing_and_the_gateway_still_runs(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    dead = "http://127.0.0.1:9"
    async with running(
        sandbox, tmp_path, {"MEDTECH_TOKEN_URL": f"{dead}/token", "MEDTECH_API_BASE_URL": f"{dead}/FHIR"}
    ) as browser:
        assert (await browser.client.get("/healthz")).status_code == 200
        ready = await browser.operator("/readyz")
        assert ready.status_code == 503
        checks = ready.json()["checks"]
        assert checks["database"]["ok"] is True
        assert checks["token"]["ok"] is False
        assert checks["token"]["detail"]


async def test_a_ticket_from_a_frame_opens_the_same_session_in_a_tab_once(browser: BrowserSession) -> None:
    await browser.launch()
    launched = (await browser.client.get("/api/session")).json()
    ticket = (await browser.client.post("/api/session/tab")).json()["ticket"]
    browser.client.cookies.clear()
    assert (await browser.client.get("/api/session")).status_code == 401

    opened = await browser.client.post("/tab", data={"ticket": ticket})
    assert (opened.status_code, opened.headers["location"]) == (303, "/")
    assert (await browser.client.get("/api/session")).json()["id"] == launched["id"]

    browser.client.cookies.clear()
    again = await browser.client.post("/tab", data={"ticket": ticket})
    assert (again.status_code, "set-cookie" in again.headers) == (410, False)


@pytest.mark.parametrize("ticket", ["", "x", "AQ==", "not a ticket", "é"])
async def test_a_made_up_ticket_opens_nothing(browser: BrowserSession, ticket: str) -> None:
    refused = await browser.client.post("/tab", data={"ticket": ticket})
    assert (refused.status_code, "set-cookie" in refused.headers) == (410, False)


async def test_security_txt_names_a_contact_and_expires_later(browser: BrowserSession) -> None:
    reply = await browser.client.get("/.well-known/security.txt")
    assert reply.headers["content-type"].startswith("text/plain")
    said = dict(line.split(": ", 1) for line in reply.text.splitlines())
    assert said["Contact"].startswith("mailto:")
    assert said["Canonical"].startswith(browser.gateway.settings.public_url)
    assert datetime.fromisoformat(said["Expires"]).timestamp() > browser.gateway.clock() + 86_400


@pytest.mark.parametrize(
    "path", ["/launch/?context=c&signature=s", "/api/session/", "/phone/", "//launch?context=c"]
)
async def test_a_slash_too_many_is_no_redirect(browser: BrowserSession, path: str) -> None:
    reply = await browser.client.get(f"{browser.origin}{path}", headers={"Host": "evil.example"})
    assert reply.status_code == 404
    assert "location" not in reply.headers
