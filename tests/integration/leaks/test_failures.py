"""Who the patient is stays out of logs, metrics, traces and problems when ALEX or this program fails."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.store import ImageStore
from fake_alex import FakeAlex, answering, outcome
from integration.leaks.watch import BEARER, NOTE, Watch, described, launched, watched
from running import QUICK, TESTING, Sandbox

pytestmark = pytest.mark.anyio


async def test_errors_of_alex_while_filing_leak_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        for seed, kind in enumerate(("401", "403", "429", "500", "503-platform", "504", "close")):
            faults = [{"kind": kind, "times": 1, "resource": "DocumentReference", "method": "POST"}]
            image_id = await described(browser, seed)
            sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
            commit = await browser.file(image_id, key=f"key {kind} ZZZ0016")
            for image in commit["images"]:
                data = json.dumps(image["error"])
                assert watch.found_in(data) == []
            sandbox.call("DELETE", "/sandbox/faults")
    assert "alex.call.failed" in watch.events()


async def test_internal_errors_leak_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def identifying_fault(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise RuntimeError(f"ZZZ0016 {TESTING} {NOTE}")

    impatient = replace(QUICK, ceiling=0.2)
    async with watched(sandbox, tmp_path, watch, policy=impatient) as browser:
        await launched(browser, watch)
        image_id = await described(browser)
        with monkeypatch.context() as patch:
            patch.setattr(ImageStore, "of_session", identifying_fault)
            reply = await browser.client.get("/api/images")
            assert reply.status_code == 500
            assert reply.json()["correlationId"] in watch.log.getvalue()
            patch.setattr(ImageStore, "several", identifying_fault)
            # Half an answer is out when this fails.
            with pytest.raises(httpx2.HTTPError):
                await browser.client.get("/api/events", headers={"Last-Event-ID": "0"})
        with monkeypatch.context() as patch:
            patch.setattr(BlobFolder, "read", identifying_fault)
            body, headers = {"imageIds": [image_id]}, {"Idempotency-Key": "k"}
            commit = (await browser.client.post("/api/commits", json=body, headers=headers)).json()
            [image] = (await browser.settled(commit["id"]))["images"]
            assert image["state"] == "failed"
            data = json.dumps(image["error"])
            assert watch.found_in(data) == []
            assert "RuntimeError" not in data
    assert {"http.fault", "commit.fault", "library.complaint"} <= watch.events()


async def test_patient_details_that_alex_echoes_are_not_passed_on(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    words = f"No access: Patient/{TESTING}, identifier=https://standards.digital.health.nz/ns/nhi-id|ZZZ0016."
    fake = FakeAlex()
    async with fake.serving():
        environ = {
            "MEDTECH_API_BASE_URL": f"{fake.origin}/FHIR",
            "MEDTECH_LAUNCH_URL": f"{fake.origin}/FHIR/launch",
        }
        async with watched(sandbox, tmp_path, watch, environ) as browser:
            for status in (400, 403, 429, 500, 503):
                for body in (outcome("exception", words), {"statusCode": status, "message": words}):
                    fake.answers = [answering(status, body)]
                    reply = await browser.client.get(f"/launch?context={BEARER}&signature=abc")
                    assert reply.status_code >= 400
                    admin = {"Authorization": f"Bearer {browser.gateway.settings.admin_token}"}
                    reply = await browser.client.get("/api/medtech/test?nhi=ZZZ0016", headers=admin)
                    assert "No access" in reply.json()["alex"]["diagnostics"]
