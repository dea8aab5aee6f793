"""Sign-in against oidc-provider as it is certified: claims are at UserInfo, and people have to log in and consent."""

import asyncio
import html
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import httpx2

from crash.programs import GatewayProgram, free_port
from integration.sign_in.steps import FOUND
from running import Sandbox, running_sandbox
from strangers.parts import program, script

GP = "9bf0832786e2293848942167532e0a91"
HTML = {"Accept": "text/html"}
CLAIM = {
    "CLINICPRO_SIGN_IN_CLAIM": "groups=clinicians",
    "CLINICPRO_SIGN_IN_SCOPE": "openid profile email groups",
}
EMAIL = {"CLINICPRO_SIGN_IN_EMAILS": "gp1@practice.example.nz"}


def tried() -> list[str]:
    """Run every trial; return what was seen."""
    seen = []
    for method in ("client_secret_basic", "client_secret_post"):
        for name, who in (("group", CLAIM), ("e-mail address", EMAIL)):
            with (
                tempfile.TemporaryDirectory(prefix="clinicpro-strangers-") as folder,
                running_sandbox() as sandbox,
                _installation(sandbox, Path(folder), method, who) as (origin, issuer),
            ):
                _walk(origin, issuer)
            seen.append(
                f"{method}, who may in by {name}: sign-in, patient, session, sign-out, sign-in again; others refused"
            )
    return seen


@contextmanager
def _installation(
    sandbox: Sandbox, folder: Path, method: str, who: dict[str, str]
) -> Iterator[tuple[str, str]]:
    port, own = free_port(), free_port()
    issuer, origin = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{own}"
    client = {
        "client_id": "clinicpro-images",
        "client_secret": "an invented secret / with + signs",
        "redirect_uris": [f"{origin}/sign-in/return"],
        "token_endpoint_auth_method": method,
    }
    given = json.dumps({"issuer": issuer, "port": port, "clients": [client]})
    settings = sandbox.environ | who | {
        "CLINICPRO_PUBLIC_URL": origin,
        "CLINICPRO_DATA_DIR": str(folder / "data"),
        "CLINICPRO_SIGN_IN_ISSUER": issuer,
        "CLINICPRO_SIGN_IN_CLIENT_ID": "clinicpro-images",
        "CLINICPRO_SIGN_IN_CLIENT_SECRET": client["client_secret"],
        "MEDTECH_FACILITY_ID": "F2N060-E",
    }  # fmt: skip
    gateway = GatewayProgram({name: str(value) for name, value in settings.items()}, folder, own)
    with program(["node", str(script("provider.mjs")), given], folder / "provider.log", says="ready"):
        try:
            gateway.start()
            asyncio.run(gateway.ready())
            yield origin, issuer
        finally:
            gateway.kill()


def _walk(origin: str, issuer: str) -> None:
    with httpx2.Client(headers=HTML, timeout=30) as browser:
        # Somebody who isn't a clinician here.
        refused = _log_in(browser, origin, "reception")
        assert refused.status_code == 403, refused.text
        assert "may not use ClinicPro Images" in refused.text
    with httpx2.Client(headers=HTML, timeout=30) as browser:
        page = _log_in(browser, origin, "gp1")
        assert str(page.url) == f"{origin}/sign-in/patient", page.url
        assert "Alex Api" in page.text, "the account's name isn't shown"
        own = {"Origin": origin}
        found = browser.post(
            f"{origin}/sign-in/patient", data={"nhi": "ZZZ0016", "provider": GP}, headers=own
        )
        [note] = FOUND.findall(found.text)
        opened = browser.post(f"{origin}/sign-in/confirm", data={"found": html.unescape(note)}, headers=own)
        assert opened.status_code == 303, opened.text
        session = browser.get(f"{origin}/api/session", headers={"Accept": "application/json"}).json()
        assert session["patient"]["nhi"] == "ZZZ0016"
        assert browser.post(f"{origin}/sign-in/end", headers=own).status_code == 200
        assert browser.get(f"{origin}/api/session").status_code == 401
        # The provider still knows this browser, but the next person on it must log in.
        asked = _follow(browser, browser.get(f"{origin}/sign-in"), stop=f"{origin}/sign-in/return")
        assert str(asked.url).startswith(f"{issuer}/interaction/"), asked.url
        assert 'name="login"' in asked.text
        again = _complete(browser, asked, origin, "gp1")
        assert str(again.url) == f"{origin}/sign-in/patient", again.url


def _log_in(browser: httpx2.Client, origin: str, login: str) -> httpx2.Response:
    """From /sign-in to the gateway's response, through the provider's log-in and consent."""
    return _complete(browser, _follow(browser, browser.get(f"{origin}/sign-in")), origin, login)


def _complete(browser: httpx2.Client, page: httpx2.Response, origin: str, login: str) -> httpx2.Response:
    for _ in range(4):
        if str(page.url).startswith(origin):
            return page
        action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
        assert action is not None, page.text
        fields = dict(re.findall(r'name="(prompt|uid)" value="([^"]*)"', page.text))
        if 'name="login"' in page.text:
            fields |= {"login": login, "password": "an invented one"}
        sent = browser.post(urljoin(str(page.url), html.unescape(action[1])), data=fields)
        page = _follow(browser, sent)
    raise AssertionError(f"the provider asks again and again: {page.url}")


def _follow(browser: httpx2.Client, reply: httpx2.Response, stop: str = "never") -> httpx2.Response:
    while reply.has_redirect_location and not str(reply.headers["location"]).startswith(stop):
        reply = browser.get(urljoin(str(reply.url), reply.headers["location"]))
    return reply
