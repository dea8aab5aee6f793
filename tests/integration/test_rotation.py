"""Changing the installation's secret: sessions go on, nothing is lost, and the previous one is no longer needed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import LargeBinary, text

from clinicpro_images.app.composition import open_gateway
from clinicpro_images.audit.verify import verify
from clinicpro_images.commands import rotate_keys
from clinicpro_images.crypto.keyring import DecryptionFailed, Keyring
from clinicpro_images.crypto.rotation import rotate
from clinicpro_images.db.database import Database
from clinicpro_images.db.tables import images, metadata
from clinicpro_images.settings.errors import SettingsError
from clinicpro_images.settings.settings import Settings
from databases import on_both
from running import Sandbox, running

pytestmark = pytest.mark.anyio

FORMER, PRESENT = "the previous secret of this house", "the present secret of this house"


def test_every_encrypted_column_is_known_to_be_one() -> None:
    # The trail's rows are under a key of their own, which is itself encrypted again.
    unknown = {
        str(column)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "encrypted" not in column.info
    }
    assert unknown == {"audit.who"}


@dataclass
class Interrupted:
    """A database in which something else happens between reading a page of images and writing it again."""

    database: Database
    interruption: Callable[[], Awaitable[object]]

    async def read(self, function: Callable[..., Any], *arguments: Any) -> Any:
        found = await self.database.read(function, *arguments)
        if any(each is images.c.details for each in arguments):
            await self.interruption()
        return found

    async def write(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return await self.database.write(function, *arguments)


async def test_what_is_described_while_values_are_encrypted_again_is_kept(
    sandbox: Sandbox, tmp_path: Path, photo: bytes
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_SECRET_KEY": FORMER}) as browser:
        await browser.launch()
        image_id = (await browser.add(photo))["id"]
        await browser.describe(image_id, notes="Grown since winter.")
        cookies = dict(browser.client.cookies)
    both = {"CLINICPRO_SECRET_KEY": PRESENT, "CLINICPRO_OLD_SECRET_KEYS": FORMER}
    async with running(sandbox, tmp_path, both) as browser:
        browser.client.cookies.update(cookies)
        database = Interrupted(
            browser.gateway.database, lambda: browser.describe(image_id, notes="And since spring.")
        )
        await rotate(cast("Database", database), browser.gateway.keyring)
        shown = (await browser.client.get(f"/api/images/{image_id}")).json()
        assert shown["notes"] == "And since spring."


@on_both
async def test_an_open_session_survives_rotation_and_its_image_is_filed(
    sandbox: Sandbox, tmp_path: Path, database: dict[str, str], photo: bytes
) -> None:
    async with running(sandbox, tmp_path, database | {"CLINICPRO_SECRET_KEY": FORMER}) as browser:
        await browser.launch()
        kept, other = await browser.add(photo), await browser.add(photo[:-2] + b"\x00\xff\xd9")
        before = await browser.add(photo[:-2] + b"\x02\xff\xd9")
        await browser.describe(before["id"])
        commit = await browser.file(before["id"], key="before")
        await browser.describe(kept["id"], bodySite={"code": "14975008"}, notes="Grown since winter.")
        cookies = dict(browser.client.cookies)

    both = {"CLINICPRO_SECRET_KEY": PRESENT, "CLINICPRO_OLD_SECRET_KEYS": FORMER}
    async with running(sandbox, tmp_path, database | both) as browser:
        browser.client.cookies.update(cookies)
        shown = (await browser.client.get(f"/api/images/{kept['id']}")).json()
        assert shown["notes"] == "Grown since winter."
        new = await browser.add(photo[:-2] + b"\x01\xff\xd9")
        # While the gateway serves, repeatedly, and by two processes at once.
        runs = [rotate_keys.run(browser.gateway.settings) for _ in range(2)]
        assert list(await asyncio.gather(*runs)) == [0, 0]
        assert (await browser.client.get(f"/api/images/{kept['id']}/content")).status_code == 200
        verdict = await browser.gateway.database.read(verify, browser.gateway.trail.key)
        assert (verdict.findings, verdict.rows > 5) == ((), True)

    async with running(sandbox, tmp_path, database | {"CLINICPRO_SECRET_KEY": PRESENT}) as browser:
        browser.client.cookies.update(cookies)
        again = await browser.client.post(
            "/api/images", content=photo, headers={"Content-Type": "image/jpeg"}
        )
        assert (again.status_code, again.json()["id"]) == (200, kept["id"])
        for each in (kept, other, new):
            assert (await browser.client.get(f"/api/images/{each['id']}/content")).status_code == 200
        copy = await browser.client.get(f"/api/commits/{commit['id']}/referral/files/{before['id']}")
        assert copy.status_code == 200, "the key of a filed image's copy is re-encrypted too"
        filed = await browser.file(kept["id"])
        assert filed["images"][0]["state"] == "committed"
        former = Keyring(FORMER)
        query = text("SELECT id, content_key, details FROM images")
        rows = await browser.gateway.database.read(lambda connection: connection.execute(query).all())
        for row in rows:
            with pytest.raises(DecryptionFailed):
                former.decrypt_column(bytes(row.details), f"photos.details/{row.id}")


async def test_a_gateway_with_another_secret_does_not_start_and_says_why(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_SECRET_KEY": FORMER}):
        pass
    settings = Settings.read(
        sandbox.environ | {"CLINICPRO_DATA_DIR": str(tmp_path), "CLINICPRO_SECRET_KEY": PRESENT}
    )
    with pytest.raises(SettingsError, match="CLINICPRO_OLD_SECRET_KEYS"):
        await rotate_keys.run(settings)
    opening = open_gateway(settings)
    with pytest.raises(SettingsError, match="CLINICPRO_OLD_SECRET_KEYS"):
        await opening.__aenter__()


async def test_a_value_that_no_secret_decrypts_is_reported_and_left_unchanged(
    sandbox: Sandbox, tmp_path: Path, photo: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    async with running(sandbox, tmp_path) as browser:
        await browser.launch()
        await browser.add(photo)
        broken = text("UPDATE images SET details = x'01020304'")
        await browser.gateway.database.write(lambda work: work.connection.execute(broken))
        assert await rotate_keys.run(browser.gateway.settings) == 1
        assert "1 values can't be decrypted" in capsys.readouterr().out
