"""After a restore the page says what is looked for, asks about what can't be seen, and nothing is filed twice."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from playwright.async_api import BrowserContext, Page, expect

from backups import script
from crash.programs import GatewayProgram, free_port
from image_files import make_jpeg
from loopback import NO_CERTIFICATES
from running import FOREARM, PATIENCE, Sandbox, running_sandbox
from titles import line_of

pytestmark = pytest.mark.anyio


async def test_a_launch_after_a_restore_waits_for_what_is_looked_for_and_asks(
    blank: Page, tmp_path: Path
) -> None:
    with running_sandbox() as sandbox:
        gateway = await restored(sandbox, tmp_path)
        try:
            await blank.goto(f"{gateway.origin}/launch?{sandbox.launch_url().partition('?')[2]}")
            bars = blank.locator(".bars")
            await expect(bars).to_contain_text("works with a restored backup of")
            # The photos of the session in the backup come here automatically once they were looked for.
            await blank.get_by_role("button", name="Show", exact=True).click()
            dialog = blank.get_by_role("dialog")
            await expect(dialog).to_contain_text("3 photos to check in Evolution")
            await expect(dialog).to_contain_text("These photos may have been filed after that")
            await expect(bars).not_to_contain_text("from another session")
            await (
                dialog.get_by_role("listitem")
                .filter(has_text="Mole 1")
                .get_by_role("button", name="It is in the inbox")
                .click()
            )
            await dialog.get_by_role("button", name="It isn't there: file it").last.click()
            await dialog.get_by_role("button", name="It isn't there", exact=True).click()
            await expect(dialog).to_contain_text("You found it there at")
            await expect(dialog.get_by_text("Medtech id")).to_have_count(1)
            await dialog.get_by_role("button", name="Done").click()
            # Without a body site it can't be sent: it is a new photo, as before.
            await expect(blank.get_by_text("Needs body site")).to_be_visible()
        finally:
            gateway.kill()
        assert sorted(line_of(each) for each in sandbox.resources()) == [
            "Forearm – Mole 1",
            "Forearm – Mole 2",
        ]


async def test_a_page_that_was_open_says_what_is_looked_for(
    blank: Page, context: BrowserContext, tmp_path: Path
) -> None:
    with running_sandbox() as sandbox:
        cookies: list[tuple[str, str]] = []
        # Longer than it takes to read the page.
        gateway = await restored(sandbox, tmp_path, settling=PATIENCE, cookies=cookies)
        try:
            for name, value in cookies:
                await context.add_cookies([{"name": name, "value": value, "url": gateway.origin}])
            await blank.goto(gateway.origin)
            await expect(blank.get_by_text("Looked for", exact=True)).to_have_count(3)
            await expect(blank.get_by_text("3 looked for in Evolution")).to_be_visible()
            await blank.get_by_role("button", name="Show progress").click()
            dialog = blank.get_by_role("dialog")
            await expect(dialog).to_contain_text("Looking whether 3 photos are filed")
            await expect(dialog).not_to_contain_text("Trying again")
        finally:
            gateway.kill()


async def restored(
    sandbox: Sandbox, folder: Path, *, settling: float = 4.0, cookies: list[tuple[str, str]] | None = None
) -> GatewayProgram:
    """A gateway on a backup of three photos, the first of which was filed since; no search shows any."""
    port = free_port()
    environ = sandbox.environ | {
        "CLINICPRO_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CLINICPRO_SECRET_KEY": "the same secret before and after",
        "CLINICPRO_ALEX_CONNECT_TIMEOUT": "1",
        "CLINICPRO_ALEX_READ_TIMEOUT": "1",
        "CLINICPRO_LEASE": "1",
        "CLINICPRO_SETTLING": str(settling),
    }
    sandbox.call("PUT", "/sandbox/settings", {"searchShows": "nothing"})
    gateway = GatewayProgram(environ | {"CLINICPRO_DATA_DIR": str(folder / "old")}, folder, port)
    gateway.start()
    try:
        await gateway.ready()
        backup = folder / "backup"
        async with httpx2.AsyncClient(
            base_url=gateway.origin,
            headers={"Origin": gateway.origin},
            timeout=PATIENCE,
            verify=NO_CERTIFICATES,
        ) as client:
            await client.get(f"/launch?{sandbox.launch_url().partition('?')[2]}")
            first = await added(client, 1, bodySite=FOREARM, label="Mole 1")
            await added(client, 2, bodySite=FOREARM, label="Mole 2")
            await added(client, 3)
            done = await asyncio.to_thread(script, "backup.sh", backup, gateway.environ, "--with-images")
            assert done.returncode == 0, done.stderr
            body, key = {"imageIds": [first]}, {"Idempotency-Key": "since the backup"}
            assert (await client.post("/api/commits", json=body, headers=key)).status_code == 202
            async with asyncio.timeout(PATIENCE):
                while True:
                    if await asyncio.to_thread(sandbox.resources):
                        break
                    await asyncio.sleep(0.05)
            if cookies is not None:
                cookies += client.cookies.items()
        gateway.kill()
        gateway.environ = environ | {"CLINICPRO_DATA_DIR": str(folder / "new")}
        done = await asyncio.to_thread(script, "restore.sh", backup, gateway.environ)
        assert done.returncode == 0, done.stderr
        gateway.start()
        await gateway.ready()
    except BaseException:
        gateway.kill()
        raise
    return gateway


async def added(client: httpx2.AsyncClient, seed: int, **details: object) -> str:
    reply = await client.post(
        "/api/images",
        content=make_jpeg(width=320, height=240, seed=seed),
        headers={"Content-Type": "image/jpeg"},
    )
    image_id = str(reply.json()["id"])
    if details:
        assert (await client.patch(f"/api/images/{image_id}", json=details)).status_code == 200
    return image_id
