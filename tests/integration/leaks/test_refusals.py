"""Nothing that identifies the patient is in logs, metrics, traces or problems when something is refused."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from integration.leaks.watch import BEARER, NOTE, TWO_RECORDS, Watch, described, launched, watched
from running import TESTING, Sandbox

pytestmark = pytest.mark.anyio


async def test_refused_launches_leak_nothing(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as browser:
        query = await launched(browser, watch)
        statuses = [(await browser.client.get(f"/launch?{query}")).status_code]
        for asked in ({"patient": None}, {"patient": TWO_RECORDS}, {"ageSeconds": 400}):
            reply = await browser.launch(**({"patient": TESTING} | asked))
            statuses.append(reply.status_code)
        forged = f"context={quote('ZZZ0016 ' + TESTING)}&signature={BEARER}"
        for path in (f"/launch?{forged}", f"/launch?context={TESTING}", f"/launch?{forged}{'A' * 9000}"):
            statuses.append((await browser.client.get(path)).status_code)
            page = await browser.client.get(path, headers={"Accept": "text/html"})
            assert page.headers["content-type"].startswith("text/html")
        for kind in ("401", "403", "429", "500", "503", "close"):
            faults = [{"kind": kind, "times": 2, "resource": "Patient"}]
            sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
            statuses.append((await browser.launch()).status_code)
            sandbox.call("DELETE", "/sandbox/faults")
    # A second record under the NHI refuses nothing: the launch goes on with the one that Evolution named.
    assert statuses[:7] == [410, 409, 303, 410, 403, 400, 400]
    assert min(statuses[7:]) >= 400


async def test_refused_images_and_details_leak_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    identifying = f"ZZZ0016 {NOTE}"
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        image = f"/api/images/{await described(browser)}"
        refused: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/api/images", {"content": f"Dear Dr, about {identifying}".encode()}),
            ("POST", "/api/images", {"content": b"\xff\xd8\xff\xe1" + identifying.encode()}),
            ("GET", "/api/images/ZZZ0016", {}),
            ("GET", f"{image}/content?size=ZZZ0016", {}),
            ("GET", f"/{TESTING}/ZZZ0016?nhi=ZZZ0016", {}),
            ("PUT", "/api/session?nhi=ZZZ0016", {}),
            ("GET", "/api/images", {"headers": {"X-ClinicPro-Session": "ZZZ0016"}}),
            ("GET", "/api/events?session=ZZZ0016", {}),
            ("PATCH", image, {"content": f'{{"notes": "{identifying}'.encode()}),
            (
                "PATCH",
                image,
                {"content": identifying.encode(), "headers": {"Content-Type": "application/json"}},
            ),
            (
                "PATCH",
                image,
                {"content": b"\xff" + identifying.encode(), "headers": {"Content-Type": "text/csv"}},
            ),
            ("PATCH", image, {"json": [identifying]}),
            ("PATCH", image, {"json": identifying}),
            ("PATCH", image, {"json": {identifying: identifying}}),
            ("PATCH", image, {"json": {"bodySite": {identifying: identifying}}}),
            ("PATCH", image, {"json": {"consent": {identifying: identifying}}}),
            *(
                ("PATCH", image, {"json": {member: value}})
                for member in ("bodySite", "laterality", "view", "type", "takenAt", "consent", "sensitive")
                for value in (identifying, [identifying], {"code": identifying})
            ),
            *(("PATCH", image, {"json": {member: identifying * 200}}) for member in ("label", "notes")),
            ("PATCH", image, {"json": {"bodySite": {"text": identifying * 20}}}),
            (
                "POST",
                "/api/commits",
                {"json": {"imageIds": [identifying]}, "headers": {"Idempotency-Key": identifying}},
            ),
            ("POST", "/api/commits", {"json": {"imageIds": [], identifying: identifying}}),
            (
                "POST",
                "/api/commits",
                {"json": {"imageIds": identifying}, "headers": {"Idempotency-Key": "k"}},
            ),
            ("GET", "/api/commits/ZZZ0016", {}),
            ("POST", "/api/commits/ZZZ0016/retry", {}),
        ]
        for method, path, asked in refused:
            reply = await browser.client.request(method, path, **asked)
            assert reply.status_code >= 400, (method, path, asked)
            assert reply.status_code < 500, (method, path, asked)
        admin = {"Authorization": f"Bearer {BEARER}"}
        assert (await browser.client.get("/api/medtech/test?nhi=ZZZ0016", headers=admin)).status_code == 401
        strange = {"Cookie": f"clinicpro_session={BEARER}", "X-Correlation-Id": TESTING}
        assert (await browser.other_browser().get("/api/session", headers=strange)).status_code == 401
