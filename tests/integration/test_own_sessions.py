"""A provider sees their own open sessions, with initials and NHI only, and ends them; nobody else's."""

from pathlib import Path

import httpx2
import pytest
from sqlalchemy import event

from clinicpro_images.db.sqlite import Sqlite
from phones import new_qr, scan
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

RAGHUNATHAN = "94497821d8aa4ba5fbbbef7e68f1f66b"
NURSE = "7def01802be7cbe97d4301a421f111f5"


async def launched(browser: BrowserSession, client: httpx2.AsyncClient, patient: str, **launch: str) -> None:
    url = browser.sandbox.launch_url(patient, **launch)
    assert (await client.get(f"/launch?{url.partition('?')[2]}")).status_code == 303


async def test_a_provider_ends_their_session_elsewhere_and_its_phone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        here, elsewhere, colleague = browser.client, browser.other_browser(), browser.other_browser()
        await launched(browser, elsewhere, RAGHUNATHAN)
        phone = await scan(browser.other_browser(), await new_qr(elsewhere))
        await launched(browser, colleague, RAGHUNATHAN, provider=NURSE)
        await browser.launch()

        listed = (await here.get("/api/sessions")).json()["sessions"]
        assert [(each["initials"], each["nhi"], each["phone"], each["current"]) for each in listed] == [
            ("UT", "ZZZ0016", False, True),
            ("PR", "ZDK4103", True, False),
        ]
        page = await here.get("/sessions")
        assert page.headers["cache-control"] == "no-store"
        assert "ZDK4103" in page.text
        assert "Raghunathan" not in page.text

        assert (await colleague.delete(f"/api/sessions/{listed[1]['id']}")).status_code == 404
        assert (await phone.request("GET", "/api/sessions")).status_code == 403
        assert (await here.post(f"/sessions/{listed[1]['id']}/end")).headers["location"] == "/sessions"
        assert (await elsewhere.get("/api/session")).status_code == 401
        assert (await phone.request("GET", "/api/phone")).status_code == 401
        assert (await here.delete(f"/api/sessions/{listed[1]['id']}")).status_code == 404
        assert (await here.post(f"/sessions/{listed[0]['id']}/end")).headers["location"] == "/"
        assert (await here.get("/api/session")).status_code == 401
        assert (await colleague.get("/api/session")).status_code == 200


async def test_the_list_costs_the_same_however_many_sessions_there_are(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path) as browser:
        backend = browser.gateway.database.backend
        assert isinstance(backend, Sqlite)
        statements: list[str] = []
        event.listen(
            backend.reading,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: statements.append(statement),
        )

        async def read() -> tuple[int, int]:
            """How many sessions are listed, and by how many statements."""
            statements.clear()
            listed = (await browser.client.get("/api/sessions")).json()["sessions"]
            return len(listed), len(statements)

        await browser.launch()
        oldest = (await browser.client.get("/api/sessions")).json()["sessions"][0]["id"]
        first, of_one = await read()
        others = [browser.other_browser() for _ in range(54)]
        for number, other in enumerate(others):
            await launched(browser, other, RAGHUNATHAN)
            if number == 4:
                assert await read() == (6, of_one)
        assert first == 1
        # The newest fifty, and among them the one that asks.
        assert await read() == (50, of_one)
        listed = (await browser.client.get("/api/sessions")).json()["sessions"]
        assert [each["id"] for each in listed if each["current"]] == [oldest]
        # One that isn't listed can be ended by its id all the same.
        assert (await others[-1].delete(f"/api/sessions/{oldest}")).status_code == 204
        assert (await browser.client.get("/api/session")).status_code == 401
