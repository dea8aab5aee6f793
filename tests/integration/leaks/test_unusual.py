"""Identifiers where nobody expects them: in other scripts, cases and encodings, in paths, queries, headers and keys."""

import json
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from image_files import make_jpeg
from integration.leaks.watch import Watch, launched, watched
from running import FOREARM, BrowserSession, Sandbox

pytestmark = pytest.mark.anyio

NAME, NHI, BORN = "Ngāwhare-Pōtiki Tamahou", "ZAC4101", "17.02.1958"
HOSTILE = [
    NAME,
    NAME.upper(),
    unicodedata.normalize("NFD", NAME),
    NHI,
    NHI.lower(),
    f"  {NHI[:3]} {NHI[3:]}",
    BORN,
]


def plant(watch: Watch) -> None:
    """Watch for each in every way in which it could be written down."""
    for each in HOSTILE:
        for form in (each, unicodedata.normalize("NFD", each), unicodedata.normalize("NFC", each)):
            forms = (form, quote_plus(form), json.dumps(form)[1:-1], form.encode().decode("latin-1"))
            watch.plant(*(written.strip() for written in forms))


async def described(browser: BrowserSession, text: str, seed: int) -> str:
    """A photo whose details, and the request around them, have the text wherever it fits."""
    ascii_text = quote(text)
    headers = {
        "Content-Type": f'image/jpeg; name="{ascii_text}"',
        "Content-Disposition": f"attachment; filename*=UTF-8''{ascii_text}.jpg",
        "X-File-Name": ascii_text,
        "User-Agent": f"Photos/1.0 ({ascii_text})",
        "X-Taken-At": ascii_text,
        "X-Correlation-Id": ascii_text,
    }
    photo = make_jpeg(width=320, height=240, seed=seed)
    reply = await browser.client.post("/api/images", content=photo, headers=headers)
    if reply.status_code != 201:  # a header that isn't a time is refused
        del headers["X-Taken-At"]
        reply = await browser.client.post("/api/images", content=photo, headers=headers)
    image_id = str(reply.json()["id"])
    await browser.describe(image_id, bodySite=FOREARM, notes=f"about {text}", label=text[:60])
    return image_id


async def ask_amiss(browser: BrowserSession, text: str) -> None:
    """Calls that are refused, with the text in path, query, header, key and body."""
    coded = quote(text, safe="")
    client = browser.client
    operator = {"Authorization": f"Bearer {browser.gateway.settings.admin_token}"}
    for path in (
        f"/{coded}",
        f"/api/images/{coded}",
        f"/api/images/{coded}/content?size={coded}",
        f"/problems/{coded}",
        f"/api/commits/{coded}",
        f"/launch?context={coded}&signature={coded}",
        f"/sign-in?nhi={coded}",
        f"/assets/{coded}.js",
        f"/api/events?session={coded}",
    ):
        await client.get(path)
        await client.get(path, headers={"Accept": "text/html", "Referer": f"http://x.invalid/?{coded}"})
    for path in (
        f"/practice?facility={coded}",
        f"/api/practice/summary?facility={coded}",
        f"/api/medtech/test?nhi={coded}",
    ):
        await client.get(path, headers=operator)
    await client.patch("/api/images/unknown", json={text: text})
    await client.patch("/api/images/unknown", content=f'{{"label": "{text}'.encode())
    await client.post(
        "/api/commits", json={"imageIds": [text], "task": {"note": text}}, headers={"Idempotency-Key": coded}
    )
    await client.post("/api/handoff/claim", json={"token": text, "nonce": text})
    await client.request(quote(text).replace("%", "")[:20] or "X", "/api/images")
    await client.post(f"/sign-in/patient?{coded}", data={"nhi": text, "birthDate": text})


async def test_identifiers_in_unusual_places_and_forms_are_written_nowhere(
    sandbox: Sandbox, tmp_path: Path, watch: Watch
) -> None:
    plant(watch)
    async with watched(sandbox, tmp_path, watch) as browser:
        await launched(browser, watch)
        provider: dict[str, Any] = (await browser.client.get("/api/session")).json()["provider"]
        for seed, text in enumerate(HOSTILE):
            image_id = await described(browser, text, seed)
            note = {"note": f"{text} at home"}
            commit = await browser.file(
                image_id,
                key=f"key {seed}",
                inbox={"recipientId": provider["id"], **note},
                task={"assigneeId": provider["id"], **note},
            )
            assert commit["images"][0]["state"] == "committed", commit
            await ask_amiss(browser, text)
        operator = browser.other_browser()
        operator.headers["Authorization"] = f"Bearer {browser.gateway.settings.admin_token}"
        for path in ("/practice", "/api/practice/summary", "/metrics", "/readyz",
                     *(f"/api/practice/{name}.csv" for name in ("days", "filed", "unfiled"))):  # fmt: skip
            shown = await operator.get(path)
            assert shown.status_code == 200, path
            assert watch.found_in(shown.text) == [], path
    assert {"http.problem", "alex.call"} <= watch.events()
