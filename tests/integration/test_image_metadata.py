"""A marker in every place where a container can hold metadata: gone from database, disk, replies and what is filed."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from containers import document_pdf, everything_in, make_heic, make_tiff, planted_containers
from image_files import is_upright, planted
from running import BrowserSession, Sandbox, running

pytestmark = pytest.mark.anyio

MARKER = "PLANTED-9c1e-SERIAL"
PLANTED = planted(MARKER) | planted_containers(MARKER)


def tens(names: list[str]) -> Iterator[list[str]]:
    """As many as one commit may file."""
    for start in range(0, len(names), 10):
        yield names[start : start + 10]


def tells(content: bytes) -> bool:
    """Whether it contains the marker; a PDF is unpacked first."""
    word = MARKER.encode()
    return word in content or (content.startswith(b"%PDF") and word in everything_in(content))


def files_with_marker(folder: Path) -> list[str]:
    """The files of an installation, database and images alike, that contain the marker."""
    return [file.name for file in folder.rglob("*") if file.is_file() and tells(file.read_bytes())]


async def test_no_byte_of_a_marker_survives_from_arrival_to_the_record(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    filed = 0
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        for batch in tens(list(PLANTED)):
            await browser.launch()
            ids = []
            for name in batch:
                added = await browser.add(PLANTED[name])
                await browser.describe(added["id"])
                ids.append(added["id"])
                for size in ("thumb", "view", "full"):
                    reply = await browser.client.get(f"/api/images/{added['id']}/content?size={size}")
                    assert not tells(reply.content), (name, size)
            assert files_with_marker(tmp_path) == [], batch
            commit = await browser.file(*ids, key=batch[0])
            assert {image["state"] for image in commit["images"]} == {"committed"}
            filed += len(batch)

    assert filed == len(PLANTED) > 40
    written = sandbox.resources()
    assert len(written) == 2 * filed
    for document in written:
        assert MARKER not in str(document)
        assert not tells(sandbox.content(document))
    assert files_with_marker(tmp_path) == []


async def test_a_heic_is_upright_in_both_inboxes(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        await browser.launch()
        added = await browser.add(make_heic(orientation=6), "image/heic")
        assert (added["contentType"], added["width"], added["height"]) == ("image/jpeg", 320, 240)
        await browser.describe(added["id"])
        await browser.file(added["id"])

    kinds = {each["resourceType"]: each for each in sandbox.resources()}
    assert {name: each["contentType"] for name, each in kinds.items()} == {
        "DocumentReference": "image/tiff",
        "Media": "image/jpeg",
    }
    assert all(is_upright(sandbox.content(each), tolerance=20) for each in kinds.values())


async def test_documents_stay_documents_and_show_their_first_page(sandbox: Sandbox, tmp_path: Path) -> None:
    async with running(sandbox, tmp_path, {"CLINICPRO_COMMIT_TARGET": "both"}) as browser:
        await browser.launch()
        ids = []
        for content in (document_pdf(pages=2), make_tiff(pages=3)):
            added = await browser.add(content)
            assert added["contentType"] == "application/pdf"
            thumb = await browser.client.get(f"/api/images/{added['id']}/content?size=thumb")
            assert Image.open(io.BytesIO(thumb.content)).format == "JPEG"
            await browser.describe(added["id"])
            ids.append(added["id"])
        await browser.file(*ids)

    assert [each["contentType"] for each in sandbox.resources()] == ["application/pdf"] * 4
    assert all(each["resource"] for each in sandbox.resources())


async def test_what_is_accepted_is_said(browser: BrowserSession) -> None:
    await browser.launch()
    accepted = (await browser.client.get("/api/capabilities")).json()["acceptedTypes"]
    assert {
        "image/jpeg",
        "image/png",
        "image/heic",
        "image/heif",
        "image/avif",
        "image/webp",
        "image/tiff",
        "image/bmp",
        "application/pdf",
    } == set(accepted)
