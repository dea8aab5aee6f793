"""Who the patient is stays out of logs, metrics, traces and problems, whatever goes right or wrong."""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest
import structlog

from clinicpro_images.commits.retry import RetryPolicy
from clinicpro_images.logs import configure_logs
from clinicpro_images.photos.blobs import BlobFolder
from clinicpro_images.photos.store import PhotoStore
from collector import running_collector
from fake_alex import FakeAlex, answering, outcome
from oidc import running_provider
from photos import photo_jpeg
from running import FOREARM, QUICK, TESTING, Desk, Sandbox, running

pytestmark = pytest.mark.anyio

TWO_RECORDS = "3732d4df6aae858b088e337ff0ee9027"
NOTE, LABEL, SITE = "Noted-in-confidence", "Labelled-in-confidence", "Sited-in-confidence"
MESSAGE, FILE_NAME, BEARER = "Written-in-confidence", "tamati-aroha.jpg", "borne-in-confidence"
ALWAYS_TELLING = [
    "ZZZ0016",
    "UNRELATED STRING",
    "SECOND STRING",
    "1965-08-07",
    TESTING,
    TWO_RECORDS,
    NOTE,
    LABEL,
    SITE,
    MESSAGE,
    FILE_NAME,
    BEARER,
]


class Watch:
    """Everything that was logged and every problem that was answered, searched for what was planted."""

    def __init__(self, log: StringIO) -> None:
        self.log = log
        self.problems: list[str] = []
        self.planted = list(ALWAYS_TELLING)

    async def reply(self, reply: httpx2.Response) -> None:
        """Keep what a problem said, in body and headers; the clinician's own pages are theirs to see."""
        if reply.status_code >= 400:
            await reply.aread()
            self.problems.append(f"{reply.status_code} {dict(reply.headers)} {reply.text}")

    def plant(self, *telling: str) -> None:
        """Look for these too, also as they stand in a URL."""
        self.planted += [form for each in telling for form in {each, quote(each, safe="")}]

    def found_in(self, text: str) -> list[str]:
        return [each for each in self.planted if each.casefold() in text.casefold()]

    def events(self) -> set[str]:
        return {json.loads(line)["event"] for line in self.log.getvalue().splitlines()}

    def nothing_leaked(self) -> None:
        for line in self.log.getvalue().splitlines():
            assert self.found_in(line) == [], line
        for problem in self.problems:
            assert self.found_in(problem) == [], problem


@pytest.fixture
def watch() -> Iterator[Watch]:
    """The log as an operator gets it, with whatever libraries say at its most talkative."""
    log, root = StringIO(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", log)
        root.handlers.clear()  # pytest's own would be closed otherwise
        configure_logs(readable=False, level=logging.DEBUG)
        root.setLevel(logging.DEBUG)
        yield Watch(log)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


@asynccontextmanager
async def watched(
    sandbox: Sandbox, folder: Path, watch: Watch, environ: Mapping[str, str] = {}, policy: RetryPolicy = QUICK
) -> AsyncIterator[Desk]:
    """A running gateway whose secrets and replies are watched."""
    with running_collector() as collector:
        traced = {**environ, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint}
        async with running(sandbox, folder, traced, policy) as desk:
            desk.client.event_hooks["response"].append(watch.reply)
            settings = desk.gateway.settings
            watch.plant(*filter(None, (settings.client_secret, settings.secret_key, settings.admin_token)))
            yield desk
            metrics = (await desk.client.get("/metrics")).text
            assert watch.found_in(metrics) == []
        assert collector.spans()
        assert watch.found_in(collector.text()) == []
    watch.nothing_leaked()


async def launched(desk: Desk, watch: Watch) -> str:
    """Launch, and watch for the context, the signature, the cookie's token and the bearer token; returns the query."""
    query = urlsplit(desk.sandbox.launch_url()).query
    watch.plant(*(values[0] for values in parse_qs(query).values()))
    assert (await desk.client.get(f"/launch?{query}")).status_code == 303
    watch.plant(desk.client.cookies["clinicpro_session"], (await desk.gateway.alex.tokens.token()).value)
    return query


async def described(desk: Desk, seed: int = 0) -> str:
    """A picture with telling details."""
    reply = await desk.client.post(
        "/api/images",
        content=photo_jpeg(width=320, height=240, seed=seed),
        headers={"Content-Disposition": f'attachment; filename="{FILE_NAME}"', "X-File-Name": FILE_NAME},
    )
    image_id = str(reply.json()["id"])
    await desk.describe(image_id, bodySite=FOREARM, notes=NOTE, label=LABEL)
    return image_id


def holding(folder: Path, planted: bytes) -> list[Path]:
    """The files of an installation in which these bytes stand."""
    return [file for file in folder.rglob("*") if file.is_file() and planted in file.read_bytes()]


def test_the_watch_notices_what_is_planted(watch: Watch) -> None:
    watch.plant("a+b/c==")
    for telling in (f"about {TESTING.upper()}", "at /launch?context=a%2Bb%2Fc%3D%3D", "zzz0016"):
        structlog.get_logger().debug("test", sentence=telling)
        logging.getLogger("some.library").debug("said %s", telling)
    lines = watch.log.getvalue().splitlines()
    assert [bool(watch.found_in(line)) for line in lines] == [True, False] * 3
    with pytest.raises(AssertionError):
        watch.nothing_leaked()


async def test_filing_with_message_and_task_leaks_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    async with watched(sandbox, tmp_path, watch) as desk:
        await launched(desk, watch)
        session = (await desk.client.get("/api/session")).json()
        assert session["patient"]["nhi"] == "ZZZ0016"
        commit = await desk.file(
            await described(desk),
            inbox={"recipientId": session["provider"]["id"], "note": MESSAGE},
            task={"assigneeId": session["provider"]["id"], "note": MESSAGE},
        )
        assert commit["images"][0]["state"] == "committed"
        await desk.client.delete("/api/session")
    assert "alex.call" in watch.events()


async def test_signing_in_outside_evolution_leaks_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    async with running_provider() as provider:
        provider.person = {"sub": "account-in-confidence", "name": "Named-in-confidence"}
        environ = {
            "CLINICPRO_SIGN_IN_ISSUER": provider.issuer,
            "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
            "CLINICPRO_SIGN_IN_SUBJECTS": "account-in-confidence",
            "MEDTECH_FACILITY_ID": "F2N060-E",
        }
        async with watched(sandbox, tmp_path, watch, environ) as desk:
            watch.plant(*map(str, provider.person.values()))
            # Not watched itself: its pages are the clinician's own to see, and the NHI they typed stands in them.
            browser = desk.browser()
            begun = (await browser.get("/sign-in")).headers["location"]
            async with httpx2.AsyncClient() as at_provider:
                back = (await at_provider.get(begun)).headers["location"]
            told = parse_qs(urlsplit(back).query)
            watch.plant(told["code"][0], told["state"][0], parse_qs(urlsplit(begun).query)["nonce"][0])
            assert (await browser.get(back)).status_code == 303
            watch.plant(browser.cookies["clinicpro_sign_in"])
            watch.problems.append((await desk.client.get(back)).text)
            provider_id = "9bf0832786e2293848942167532e0a91"
            for nhi, status in (("ZZZ0016", 200), ("ZZZ0017", 422), ("ZLM4106", 409)):
                watch.plant(nhi)
                form = {"nhi": nhi, "provider": provider_id}
                assert (await browser.post("/sign-in/patient", data=form)).status_code == status
            refused = await browser.post("/sign-in/confirm", data={"found": "ZZZ0016"})
            watch.problems.append(refused.text)
    assert "http.problem" in watch.events()


async def test_handing_over_to_a_phone_leaks_nothing(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as desk:
        await launched(desk, watch)
        replies: list[httpx2.Response] = []

        async def keep(reply: httpx2.Response) -> None:
            replies.append(reply)

        desk.client.event_hooks["response"].append(keep)
        phone = desk.browser()
        phone.event_hooks["response"] += [watch.reply, keep]
        qr = (await desk.client.post("/api/handoff")).json()
        ticket = qr["url"].partition("#")[2]
        watch.plant(ticket, qr["code"])
        claimed = await phone.post("/api/handoff/claim", json={"token": ticket})
        watch.plant(phone.cookies["clinicpro_phone"])
        of_phone = {"X-ClinicPro-Phone": claimed.json()["id"]}
        refused: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/api/handoff/claim", {"json": {"token": ticket}}),
            ("POST", "/api/handoff/claim", {"json": {"token": f"{ticket}{TESTING}"}}),
            ("POST", "/api/handoff/claim", {"json": {"token": [ticket]}}),
            ("POST", "/api/handoff/claim", {"json": {ticket: ticket}}),
            ("POST", "/api/handoff/claim", {"content": f'{{"token": "{ticket}'.encode()}),
            ("GET", f"/phone/{ticket}", {}),
            ("GET", f"/api/phone?phone={ticket}", {}),
            ("GET", "/api/phone", {"headers": {"X-ClinicPro-Phone": "ZZZ0016"}}),
            ("GET", "/api/session", {"headers": of_phone}),
            ("GET", "/api/images/ZZZ0016", {"headers": of_phone}),
            ("POST", "/api/images", {"headers": of_phone, "content": f"About ZZZ0016 {NOTE}".encode()}),
        ]
        for method, path, asked in refused:
            reply = await phone.request(method, path, **asked)
            assert 400 <= reply.status_code < 500, (method, path, asked)
        await phone.post("/api/images", headers=of_phone, content=photo_jpeg(width=320, height=240))
        await phone.get("/phone")
        await desk.client.delete("/api/handoff")
        cut_off = await phone.get("/api/phone", headers=of_phone)
        assert cut_off.status_code == 401
        for kept in replies:
            # A cookie is set where one is given; nothing else in any header tells, and no page refers anywhere.
            told = {name: value for name, value in kept.headers.items() if name != "set-cookie"}
            assert watch.found_in(str(told)) == [], told
            assert kept.headers["referrer-policy"] == "no-referrer"
        assert "location" not in claimed.headers


async def test_the_ticket_is_stored_nowhere(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as desk:
        await launched(desk, watch)
        qr = (await desk.client.post("/api/handoff")).json()
        ticket = qr["url"].partition("#")[2]
        phone = desk.browser()
        await phone.post("/api/handoff/claim", json={"token": ticket})
        token = phone.cookies["clinicpro_phone"]
        assert holding(tmp_path, b"handoffs") != []
        for secret in (ticket.encode(), token.encode(), bytes.fromhex(token)):
            assert holding(tmp_path, secret) == []


async def test_refused_launches_leak_nothing(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as desk:
        query = await launched(desk, watch)
        statuses = [(await desk.client.get(f"/launch?{query}")).status_code]
        for asked in ({"patient": None}, {"patient": TWO_RECORDS}, {"ageSeconds": 400}):
            reply = await desk.launch(**({"patient": TESTING} | asked))
            statuses.append(reply.status_code)
        forged = f"context={quote('ZZZ0016 ' + TESTING)}&signature={BEARER}"
        for path in (f"/launch?{forged}", f"/launch?context={TESTING}", f"/launch?{forged}{'A' * 9000}"):
            statuses.append((await desk.client.get(path)).status_code)
            page = await desk.client.get(path, headers={"Accept": "text/html"})
            assert page.headers["content-type"].startswith("text/html")
        for kind in ("401", "403", "429", "500", "503", "close"):
            faults = [{"kind": kind, "times": 2, "resource": "Patient"}]
            sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
            statuses.append((await desk.launch()).status_code)
            sandbox.call("DELETE", "/sandbox/faults")
    assert statuses[:7] == [410, 409, 409, 410, 403, 400, 400]
    assert min(statuses[7:]) >= 400


async def test_refused_pictures_and_details_leak_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    telling = f"ZZZ0016 {NOTE}"
    async with watched(sandbox, tmp_path, watch) as desk:
        await launched(desk, watch)
        image = f"/api/images/{await described(desk)}"
        refused: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/api/images", {"content": f"Dear Dr, about {telling}".encode()}),
            ("POST", "/api/images", {"content": b"\xff\xd8\xff\xe1" + telling.encode()}),
            ("GET", "/api/images/ZZZ0016", {}),
            ("GET", f"{image}/content?size=ZZZ0016", {}),
            ("GET", f"/{TESTING}/ZZZ0016?nhi=ZZZ0016", {}),
            ("PUT", "/api/session?nhi=ZZZ0016", {}),
            ("GET", "/api/images", {"headers": {"X-ClinicPro-Session": "ZZZ0016"}}),
            ("GET", "/api/events?session=ZZZ0016", {}),
            ("PATCH", image, {"content": f'{{"notes": "{telling}'.encode()}),
            ("PATCH", image, {"content": telling.encode(), "headers": {"Content-Type": "application/json"}}),
            (
                "PATCH",
                image,
                {"content": b"\xff" + telling.encode(), "headers": {"Content-Type": "text/csv"}},
            ),
            ("PATCH", image, {"json": [telling]}),
            ("PATCH", image, {"json": telling}),
            ("PATCH", image, {"json": {telling: telling}}),
            ("PATCH", image, {"json": {"bodySite": {telling: telling}}}),
            ("PATCH", image, {"json": {"consent": {telling: telling}}}),
            *(
                ("PATCH", image, {"json": {member: value}})
                for member in ("bodySite", "laterality", "view", "type", "takenAt", "consent", "sensitive")
                for value in (telling, [telling], {"code": telling})
            ),
            *(("PATCH", image, {"json": {member: telling * 200}}) for member in ("label", "notes")),
            ("PATCH", image, {"json": {"bodySite": {"text": telling * 20}}}),
            (
                "POST",
                "/api/commits",
                {"json": {"imageIds": [telling]}, "headers": {"Idempotency-Key": telling}},
            ),
            ("POST", "/api/commits", {"json": {"imageIds": [], telling: telling}}),
            ("POST", "/api/commits", {"json": {"imageIds": telling}, "headers": {"Idempotency-Key": "k"}}),
            ("GET", "/api/commits/ZZZ0016", {}),
            ("POST", "/api/commits/ZZZ0016/retry", {}),
        ]
        for method, path, asked in refused:
            reply = await desk.client.request(method, path, **asked)
            assert reply.status_code >= 400, (method, path, asked)
            assert reply.status_code < 500, (method, path, asked)
        admin = {"Authorization": f"Bearer {BEARER}"}
        assert (await desk.client.get("/api/medtech/test?nhi=ZZZ0016", headers=admin)).status_code == 401
        strange = {"Cookie": f"clinicpro_session={BEARER}", "X-Correlation-Id": TESTING}
        assert (await desk.browser().get("/api/session", headers=strange)).status_code == 401


async def test_trouble_with_alex_while_filing_leaks_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    async with watched(sandbox, tmp_path, watch) as desk:
        await launched(desk, watch)
        for seed, kind in enumerate(("401", "403", "429", "500", "503-platform", "504", "close")):
            faults = [{"kind": kind, "times": 1, "resource": "DocumentReference", "method": "POST"}]
            image_id = await described(desk, seed)
            sandbox.call("PUT", "/sandbox/faults", {"faults": faults})
            commit = await desk.file(image_id, key=f"key {kind} ZZZ0016")
            for image in commit["images"]:
                told = json.dumps(image["error"])
                assert watch.found_in(told) == []
            sandbox.call("DELETE", "/sandbox/faults")
    assert "alex.call.failed" in watch.events()


async def test_faults_of_this_program_leak_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def telling_fault(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise RuntimeError(f"ZZZ0016 {TESTING} {NOTE}")

    impatient = replace(QUICK, ceiling=0.2)
    async with watched(sandbox, tmp_path, watch, policy=impatient) as desk:
        await launched(desk, watch)
        image_id = await described(desk)
        with monkeypatch.context() as patch:
            patch.setattr(PhotoStore, "of_session", telling_fault)
            reply = await desk.client.get("/api/images")
            assert reply.status_code == 500
            assert reply.json()["correlationId"] in watch.log.getvalue()
            patch.setattr(PhotoStore, "get", telling_fault)
            # Half an answer is out when this fails.
            with pytest.raises(httpx2.HTTPError):
                await desk.client.get("/api/events", headers={"Last-Event-ID": "0"})
        with monkeypatch.context() as patch:
            patch.setattr(BlobFolder, "read", telling_fault)
            body, headers = {"imageIds": [image_id]}, {"Idempotency-Key": "k"}
            commit = (await desk.client.post("/api/commits", json=body, headers=headers)).json()
            [image] = (await desk.settled(commit["id"]))["images"]
            assert image["state"] == "failed"
            told = json.dumps(image["error"])
            assert watch.found_in(told) == []
            assert "RuntimeError" not in told
    assert {"http.fault", "commit.fault", "library.complaint"} <= watch.events()


async def test_what_alex_repeats_of_the_patient_goes_no_further(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    words = f"No access: Patient/{TESTING}, identifier=https://standards.digital.health.nz/ns/nhi-id|ZZZ0016."
    fake = FakeAlex()
    async with fake.serving():
        environ = {
            "MEDTECH_API_BASE_URL": f"{fake.origin}/FHIR",
            "MEDTECH_LAUNCH_URL": f"{fake.origin}/FHIR/launch",
        }
        async with watched(sandbox, tmp_path, watch, environ) as desk:
            for status in (400, 403, 429, 500, 503):
                for body in (outcome("exception", words), {"statusCode": status, "message": words}):
                    fake.answers = [answering(status, body)]
                    reply = await desk.client.get(f"/launch?context={BEARER}&signature=abc")
                    assert reply.status_code >= 400
                    admin = {"Authorization": f"Bearer {desk.gateway.settings.admin_token}"}
                    reply = await desk.client.get("/api/medtech/test?nhi=ZZZ0016", headers=admin)
                    assert "No access" in reply.json()["alex"]["diagnostics"]
