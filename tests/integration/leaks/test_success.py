"""Nothing that identifies the patient is in logs, metrics, traces or problems when all goes well."""

import logging
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import structlog

from image_files import make_jpeg
from integration.leaks.watch import MESSAGE, NOTE, Watch, described, holding, launched, watched
from oidc import running_provider
from running import TESTING, Sandbox

pytestmark = pytest.mark.anyio


def test_planted_values_are_found_in_the_log(watch: Watch) -> None:
    watch.plant("a+b/c==")
    for identifying in (f"about {TESTING.upper()}", "at /launch?context=a%2Bb%2Fc%3D%3D", "zzz0016"):
        structlog.get_logger().debug("test", message=identifying)
        logging.getLogger("some.library").debug("said %s", identifying)
    lines = watch.log.getvalue().splitlines()
    assert [bool(watch.found_in(line)) for line in lines] == [True, False] * 3
    with pytest.raises(AssertionError):
        watch.nothing_leaked()


async def test_filing_with_message_and_task_leaks_nothing(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        session = (await browser.client.get("/api/session")).json()
        assert session["patient"]["nhi"] == "ZZZ0016"
        commit = await browser.file(
            await described(browser),
            inbox={"recipientId": session["provider"]["id"], "note": MESSAGE},
            task={"assigneeId": session["provider"]["id"], "note": MESSAGE},
        )
        assert commit["images"][0]["state"] == "committed"
        await browser.client.delete("/api/session")
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
        async with watched(sandbox, tmp_path, watch, environ) as browser:
            watch.plant(*map(str, provider.person.values()))
            # Not watched itself: its pages are the clinician's own to see, and contain the NHI they typed.
            other_browser = browser.other_browser()
            begun = (await other_browser.get("/sign-in")).headers["location"]
            async with httpx2.AsyncClient() as at_provider:
                back = (await at_provider.get(begun)).headers["location"]
            data = parse_qs(urlsplit(back).query)
            watch.plant(data["code"][0], data["state"][0], parse_qs(urlsplit(begun).query)["nonce"][0])
            assert (await other_browser.get(back)).status_code == 303
            watch.plant(other_browser.cookies["clinicpro_sign_in"])
            watch.problems.append((await browser.client.get(back)).text)
            provider_id = "9bf0832786e2293848942167532e0a91"
            for nhi, status in (("ZZZ0016", 200), ("ZZZ0017", 422), ("ZLM4106", 200)):
                watch.plant(nhi)
                form = {"nhi": nhi, "provider": provider_id}
                assert (await other_browser.post("/sign-in/patient", data=form)).status_code == status
            refused = await other_browser.post("/sign-in/confirm", data={"found": "ZZZ0016"})
            watch.problems.append(refused.text)
    assert "http.problem" in watch.events()


async def test_handing_off_to_a_phone_leaks_nothing(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        replies: list[httpx2.Response] = []

        async def keep(reply: httpx2.Response) -> None:
            replies.append(reply)

        browser.client.event_hooks["response"].append(keep)
        phone = browser.other_browser()
        phone.event_hooks["response"] += [watch.reply, keep]
        qr = (await browser.client.post("/api/handoff")).json()
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
        await phone.post("/api/images", headers=of_phone, content=make_jpeg(width=320, height=240))
        await phone.get("/phone")
        await browser.client.delete("/api/handoff")
        cut_off = await phone.get("/api/phone", headers=of_phone)
        assert cut_off.status_code == 401
        for kept in replies:
            # A cookie may be set; no other header reveals anything, and no page sends a referrer.
            data = {name: value for name, value in kept.headers.items() if name != "set-cookie"}
            assert watch.found_in(str(data)) == [], data
            assert kept.headers["referrer-policy"] == "no-referrer"
        assert "location" not in claimed.headers


async def test_the_ticket_is_stored_nowhere(sandbox: Sandbox, tmp_path: Path, watch: Watch) -> None:
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        qr = (await browser.client.post("/api/handoff")).json()
        ticket = qr["url"].partition("#")[2]
        phone = browser.other_browser()
        await phone.post("/api/handoff/claim", json={"token": ticket})
        token = phone.cookies["clinicpro_phone"]
        assert holding(tmp_path, b"handoffs") != []
        for secret in (ticket.encode(), token.encode(), bytes.fromhex(token)):
            assert holding(tmp_path, secret) == []
