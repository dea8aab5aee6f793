"""Nothing that identifies the patient is in logs, metrics, traces or problems when ALEX or this program fails."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from clinicpro_images.crypto.keyring import Keyring
from clinicpro_images.images.blob_store.folder import BlobFolder
from clinicpro_images.images.image import Image
from clinicpro_images.images.store import ImageStore
from fake_alex import FakeAlex, answering, outcome
from integration.leaks.watch import BEARER, NOTE, Watch, described, launched, watched
from running import QUICK, TESTING, Sandbox

pytestmark = pytest.mark.anyio

IDENTIFYING = f"ZZZ0016 {TESTING} {NOTE}"


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


class FailingImageStore(ImageStore):
    """Fails with an identifying text in the methods that are named."""

    failing: frozenset[str] = frozenset()

    def of_session(self, *args: Any, **kwargs: Any) -> list[Image]:
        self._fail("of_session")
        return super().of_session(*args, **kwargs)

    def several(self, *args: Any, **kwargs: Any) -> dict[str, Image]:
        self._fail("several")
        return super().several(*args, **kwargs)

    def _fail(self, method: str) -> None:
        if method in self.failing:
            raise RuntimeError(IDENTIFYING)


class FailingBlobs(BlobFolder):
    """Cannot read while it is `failing`."""

    failing = False

    async def read(self, image_id: str, wrapped_key: bytes) -> bytes:
        if self.failing:
            raise RuntimeError(IDENTIFYING)
        return await super().read(image_id, wrapped_key)


async def test_internal_errors_leak_nothing(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    keyring = Keyring("an invented key")
    store, blobs = FailingImageStore(keyring), FailingBlobs(tmp_path / "blobs", keyring)
    impatient = replace(QUICK, ceiling=0.2)
    async with watched(
        sandbox, tmp_path, watch, policy=impatient, keyring=keyring, image_store=store, blobs=blobs
    ) as browser:
        await launched(browser, watch)
        image_id = await described(browser)
        store.failing = frozenset({"of_session"})
        reply = await browser.client.get("/api/images")
        assert reply.status_code == 500
        assert reply.json()["correlationId"] in watch.log.getvalue()
        store.failing = frozenset({"of_session", "several"})
        # This fails after part of the response was sent.
        with pytest.raises(httpx2.HTTPError):
            await browser.client.get("/api/events", headers={"Last-Event-ID": "0"})
        store.failing = frozenset()
        blobs.failing = True
        body, headers = {"imageIds": [image_id]}, {"Idempotency-Key": "k"}
        commit = (await browser.client.post("/api/commits", json=body, headers=headers)).json()
        [image] = (await browser.settled(commit["id"]))["images"]
        assert image["state"] == "failed"
        data = json.dumps(image["error"])
        assert watch.found_in(data) == []
        assert "RuntimeError" not in data
    assert {"http.fault", "commit.fault", "library.warning"} <= watch.events()


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
